import type { Interval } from '../core/results';
import { studentT, wilson } from '../math/statistics';
import { decide, type Predictions } from './classification';

/** Of the examples that the teacher gets wrong, the share on which the student makes the same wrong decision; undefined where it gets none wrong. */
export function inheritedErrors(teacher: Predictions, student: Predictions): Interval | undefined {
  const [theirs, ours] = [decide(teacher), decide(student)];
  let [wrong, repeated] = [0, 0];
  theirs.forEach((decision, i) => {
    if (decision === teacher.labels[i]) return;
    wrong++;
    if (ours[i] === decision) repeated++;
  });
  return wrong === 0 ? undefined : wilson(repeated, wrong);
}

/** The share of examples on which two networks decide differently. */
export function disagreement(a: Predictions, b: Predictions): Interval {
  const [first, second] = [decide(a), decide(b)];
  return wilson(
    first.reduce((count, decision, i) => count + (decision === second[i] ? 0 : 1), 0),
    first.length,
  );
}

/**
 * How two teachers pull at a student: the mean cosine between the gradients p_s − p_a and p_s − p_b of their divergences
 * by the student's logits. 1: they ask for the same, −1: for opposites (Du et al. 2020, NeurIPS, section 3).
 */
export function gradientCosine(student: Predictions, a: Predictions, b: Predictions): Interval {
  const [s, first, second] = [student, a, b].map(probabilities) as [Float64Array, Float64Array, Float64Array];
  const { classes } = student;
  const cosines: number[] = [];
  for (let from = 0; from < s.length; from += classes) {
    let [product, lengthA, lengthB] = [0, 0, 0];
    for (let k = from; k < from + classes; k++) {
      const [x, y] = [s[k]! - first[k]!, s[k]! - second[k]!];
      product += x * y;
      lengthA += x * x;
      lengthB += y * y;
    }
    if (lengthA > 0 && lengthB > 0) cosines.push(product / Math.sqrt(lengthA * lengthB));
  }
  return studentT(cosines);
}

function probabilities({ logits, classes }: Predictions): Float64Array {
  const out = Float64Array.from(logits);
  for (let from = 0; from < out.length; from += classes) {
    const row = out.subarray(from, from + classes);
    const highest = Math.max(...row);
    const total = row.reduce((sum, value) => sum + Math.exp(value - highest), 0);
    row.forEach((value, i) => {
      row[i] = Math.exp(value - highest) / total;
    });
  }
  return out;
}
