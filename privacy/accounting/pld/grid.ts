import type { Atoms } from './quadrature';

/** Multiples of `step` as losses; those whose index agrees modulo the length of `mass` (a power of two) share a place. */
export interface Grid {
  readonly step: number;
  readonly mass: Float64Array;
}

/**
 * Adds atoms to a grid, each split between the multiples around it so that its mass under P and under Q is kept: privacy
 * loss is never less (the pessimistic discretisation of Doroshenko et al. 2022, arXiv:2207.04380). Masses are those of the
 * measure tilted by θ.
 */
export function splitUp({ loss, mass, count }: Atoms, tilt: number, grid: Grid): void {
  const { step } = grid;
  const wrap = grid.mass.length - 1;
  for (let j = 0; j < count; j++) {
    const index = Math.floor(loss[j]! / step);
    const above = Math.max(0, loss[j]! - index * step);
    const share = Math.min(1, Math.expm1(-above) / Math.expm1(-step));
    grid.mass[index & wrap]! += mass[j]! * (1 - share) * Math.exp(-tilt * above);
    grid.mass[(index + 1) & wrap]! += mass[j]! * share * Math.exp(tilt * (step - above));
  }
}

/**
 * Adds atoms, ascending, to a grid by merging: each multiple gets the atoms below it that are left and as much of those
 * above as makes P/Q of the merged output that multiple's. Merging is post-processing: privacy loss is never more. What is
 * left at the top without a counterweight loses mass of P down to the next multiple below, which is not more either.
 */
export function mergeDown({ loss, mass, count }: Atoms, tilt: number, grid: Grid): void {
  const { step } = grid;
  const wrap = grid.mass.length - 1;
  let index = Number.NaN;
  let gathered = 0;
  let balance = 0;
  for (let j = 0; j < count; j++) {
    let left = mass[j]!;
    if (left <= 0) continue;
    const at = loss[j]!;
    if (Number.isNaN(index)) index = Math.ceil(at / step);
    while (left > 0) {
      const over = at - index * step;
      const here = left * Math.exp(-tilt * over);
      const change = -here * Math.expm1(-over);
      if (over <= 0 || balance + change < 0) {
        gathered += here;
        balance += change;
        break;
      }
      const share = -balance / change;
      grid.mass[index & wrap]! += gathered + share * here;
      left *= 1 - share;
      index = Math.max(index + 1, Math.ceil(at / step));
      gathered = 0;
      balance = 0;
    }
  }
  if (gathered <= 0) return;
  const merged = index * step - Math.log1p(-balance / gathered);
  const below = balance === 0 ? index : Math.floor(merged / step);
  grid.mass[below & wrap]! += gathered * Math.exp(below * step - merged + tilt * (below - index) * step);
}
