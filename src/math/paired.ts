import { mean, standardDeviation, studentT, studentTCentral } from './statistics';

/** What a difference of matched observations, such as two methods on the same seeds, comes to. */
export interface Paired {
  /** Number of pairs. */
  readonly n: number;
  /** Mean of the differences with its Student-t 95 % interval. */
  readonly difference: { readonly mean: number; readonly low: number; readonly high: number };
  /** Two-sided p of the paired t test; NaN for a single pair or where all differences are equal and zero. */
  readonly tTest: number;
  /** Two-sided p of the exact signed-rank test; NaN where no difference is other than zero. */
  readonly signedRank: number;
  /** Cohen's d of the differences, d_z: their mean by their standard deviation; infinite where they are all equal. */
  readonly effect: number;
}

/**
 * Compares `first` − `second`, matched by position. Throws RangeError for no pairs or unequal lengths.
 */
export function paired(first: ArrayLike<number>, second: ArrayLike<number>): Paired {
  const n = first.length;
  if (n !== second.length || n === 0)
    throw new RangeError(`a paired comparison needs as many values of both, found ${n} and ${second.length}`);
  const differences = Float64Array.from({ length: n }, (_, i) => first[i]! - second[i]!);
  const { mean: centre, low, high } = studentT(differences);
  return {
    n,
    difference: { mean: centre, low, high },
    tTest: pairedT(differences),
    signedRank: signedRank(differences),
    effect: n === 1 || centre === 0 ? (n === 1 ? Number.NaN : 0) : centre / standardDeviation(differences),
  };
}

/** Two-sided p of Student's t test that the mean of the differences is zero; NaN where it is not defined. */
export function pairedT(differences: ArrayLike<number>): number {
  const n = differences.length;
  if (n < 2) return Number.NaN;
  const centre = mean(differences);
  const error = standardDeviation(differences) / Math.sqrt(n);
  if (error === 0) return centre === 0 ? Number.NaN : 0;
  return Math.max(0, 1 - studentTCentral(Math.abs(centre) / error, n - 1));
}

/** Differences nearer than this to each other, by the largest of them, are equal but for rounding. */
const TIE = 1e-12;

/**
 * Two-sided p of Wilcoxon's signed-rank test (1945) by its exact distribution over all signs, zeros left out, tied
 * differences by their mean rank. The least p that n pairs can give is 2^(1−n): with five, 0.0625. NaN where every
 * difference is zero.
 */
export function signedRank(differences: ArrayLike<number>): number {
  const all = Array.from(differences);
  const unit = Math.max(...all.map(Math.abs)) * TIE;
  const some = all.filter((value) => Math.abs(value) > unit).sort((a, b) => Math.abs(a) - Math.abs(b));
  const n = some.length;
  if (n === 0) return Number.NaN;
  // Twice the ranks are whole numbers, tied or not.
  const ranks = new Int32Array(n);
  for (let from = 0; from < n; ) {
    let to = from + 1;
    while (to < n && Math.abs(some[to]!) - Math.abs(some[to - 1]!) <= unit) to++;
    ranks.fill(from + 1 + to, from, to);
    from = to;
  }
  const total = ranks.reduce((sum, rank) => sum + rank, 0);
  const positive = ranks.reduce((sum, rank, i) => (some[i]! > 0 ? sum + rank : sum), 0);
  // The share of the 2ⁿ sign patterns by the sum of their positive ranks.
  const share = new Float64Array(total + 1);
  share[0] = 1;
  let reach = 0;
  for (const rank of ranks) {
    reach += rank;
    for (let sum = reach; sum >= 0; sum--) share[sum] = (share[sum]! + (sum >= rank ? share[sum - rank]! : 0)) / 2;
  }
  const least = Math.min(positive, total - positive);
  let tail = 0;
  for (let sum = 0; sum <= least; sum++) tail += share[sum]!;
  return Math.min(1, 2 * tail);
}

/**
 * Holm's step-down adjustment (1979): p values that may be held against the level as if each were the only one. NaN stays
 * NaN and does not count as a test.
 */
export function holm(values: readonly number[]): number[] {
  const order = values.flatMap((value, i) => (Number.isNaN(value) ? [] : [i])).sort((a, b) => values[a]! - values[b]!);
  const adjusted = values.map(() => Number.NaN);
  let least = 0;
  for (const [rank, i] of order.entries()) {
    least = Math.max(least, Math.min(1, values[i]! * (order.length - rank)));
    adjusted[i] = least;
  }
  return adjusted;
}
