import type { ContinuousLoss } from './loss';

/** Gauss–Legendre of three points on (−1, 1). */
export const NODES = [-Math.sqrt(0.6), 0, Math.sqrt(0.6)] as const;
export const WEIGHTS = [5 / 9, 8 / 9, 5 / 9] as const;

/** Losses with masses in the tilted measure P·exp(θ·loss − K), ascending. */
export interface Atoms {
  readonly loss: Float64Array;
  readonly mass: Float64Array;
  readonly count: number;
}

/**
 * Cells of x whose bounds include every loss that is a multiple of `step`: each becomes one atom with the cell's P and Q
 * mass. Merging outputs loses privacy loss and never adds any; splitting a cell's atom between the multiples around it
 * comes to the same as splitting every x of the cell. `low` and `high` bound the losses that matter.
 */
export function cellsOf(
  part: ContinuousLoss,
  { step, low, high, tilt, logMoment }: { step: number; low: number; high: number; tilt: number; logMoment: number },
): Atoms {
  const first = Math.floor(Math.max(low, part.loss(part.from)) / step);
  const last = Math.ceil(Math.min(high, part.loss(part.to)) / step);
  const edge = (i: number) => Math.min(part.to, Math.max(part.from, part.locate(i * step)));
  let size = 0;
  const cells = (left: number, right: number) => Math.max(2, Math.ceil((right - left) / part.cell));
  for (let i = first, left = edge(first); i < last; i++) {
    const right = edge(i + 1);
    size += cells(left, right);
    left = right;
  }
  const atoms = { loss: new Float64Array(size), mass: new Float64Array(size) };
  let count = 0;
  for (let i = first, left = edge(first); i < last; i++) {
    const right = edge(i + 1);
    const base = i * step;
    const n = cells(left, right);
    const half = (right - left) / n / 2;
    for (let c = 0; c < n && half > 0; c++) {
      const middle = left + (2 * c + 1) * half;
      let p = 0;
      let lost = 0;
      for (let node = 0; node < 3; node++) {
        const x = middle + half * NODES[node]!;
        const mass = WEIGHTS[node]! * Math.exp(part.logDensity(x) + tilt * base - logMoment);
        p += mass;
        lost += mass * Math.expm1(base - part.loss(x));
      }
      if (p <= 0) continue;
      const above = Math.min(step, Math.max(0, -Math.log1p(lost / p)));
      atoms.loss[count] = base + above;
      atoms.mass[count++] = half * p * Math.exp(tilt * above);
    }
    left = right;
  }
  return { ...atoms, count };
}
