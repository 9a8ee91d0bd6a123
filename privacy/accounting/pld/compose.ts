import { type Moments, total, windowOf } from './cumulants';
import { mergeDown, splitUp } from './grid';
import type { Loss } from './loss';
import { type Composed, type Frame, type Grids, gridsOf, Product } from './product';
import { type Atoms, cellsOf } from './quadrature';

/** A loss suffered `steps` times. */
export interface Part {
  readonly loss: Loss;
  readonly moments: Moments;
  readonly steps: number;
}

/** How fine a composition is. */
export interface Precision {
  /** Relative change of the sum's variance that discretisation may make, where the grids do not get too long. */
  readonly variance: number;
  /** Binary logarithm of the longest grid. */
  readonly longest: number;
}

/** Tilted mass that a window may leave out on each side. */
export const MISSED = 1e-12;
/** From here on steps are composed in blocks first. */
const DIRECT = 64;

/** Steps = block·times + rest, the block near the square root. */
function blocksOf(steps: number): { block: number; times: number; rest: number } {
  if (steps <= DIRECT) return { block: 1, times: steps, rest: 0 };
  const root = Math.floor(Math.sqrt(steps));
  let best = { block: root, times: Math.floor(steps / root), rest: steps % root };
  for (let block = Math.ceil(0.8 * root); block < 1.2 * root; block++)
    if (steps % block < best.rest) best = { block, times: Math.floor(steps / block), rest: steps % block };
  return best;
}

/**
 * The distribution of the sum, in the measure tilted by θ, which puts its middle where δ is read: rounding errors are then
 * relative to δ. Powers of Fourier transforms on a window that Chernoff's bound gives; many steps are composed in two
 * rounds, the first on a finer grid, so that rounding the losses costs in proportion to √steps instead of to the steps.
 */
export function compose(parts: readonly Part[], tilt: number, precision: Precision): Composed {
  const change = precision.variance * total(parts, tilt).variance;
  const splits = parts.map((part) => ({ part, ...blocksOf(part.steps) }));
  const rounded = splits.reduce((sum, { times, rest }) => sum + times + rest, 0);
  const wished = Math.min(
    Math.sqrt((6 * change) / rounded),
    ...splits.filter(({ block }) => block === 1).map(({ part }) => resolving(part, tilt)),
  );
  const frame = frameOf(parts, tilt, wished, precision);
  const product = new Product(frame);
  for (const { part, block, times, rest } of splits) {
    product.multiply(onGrids(part, frame, tilt), block === 1 ? times : rest);
    if (block === 1) continue;
    const finer = Math.min(Math.sqrt((6 * change) / part.steps), resolving(part, tilt));
    const fine = frameOf([{ ...part, steps: block }], tilt, finer, precision);
    const within = new Product(fine);
    within.multiply(onGrids(part, fine, tilt), block);
    product.multiply(coarser(within.result(), frame, tilt), times);
  }
  return product.result();
}

/** A step that shows the shape of one loss. */
function resolving({ moments }: Part, tilt: number): number {
  const spread = moments.spread(tilt);
  return spread > 0 ? spread / 16 : Number.POSITIVE_INFINITY;
}

/** Grid over the window of a sum: as fine as wished, as long as allowed. */
function frameOf(parts: readonly Part[], tilt: number, wished: number, { longest }: Precision): Frame {
  const steps = parts.reduce((sum, part) => sum + part.steps, 0);
  const { low, high } = windowOf(parts, tilt, MISSED);
  const single = Math.max(
    ...parts.map(({ moments }) => {
      const one = windowOf([{ moments, steps: 1 }], tilt, MISSED / steps);
      return one.high.at - one.low.at;
    }),
  );
  const width = Math.max(1.04 * (high.at - low.at), 1.01 * single, 16 * wished);
  const length = 2 ** Math.min(longest, Math.max(8, Math.ceil(Math.log2(width / wished + 8))));
  const step = width / (length - 8);
  const margin = 0.02 * (high.at - low.at) + 2 * step;
  return { step, length, first: Math.floor((low.at - margin) / step), below: low.tilt, above: high.tilt, steps };
}

/** One step's loss on the grid of a frame. */
function onGrids({ loss, moments }: Part, { step, length, steps }: Frame, tilt: number): Grids {
  const missed = MISSED / steps;
  const { low, high } = windowOf([{ moments, steps: 1 }], tilt, missed);
  const { logMoment } = moments.at(tilt);
  const atoms = atomsOf(loss, { step, low: low.at, high: high.at, tilt, logMoment });
  const grids = gridsOf(step, length, Math.floor(Math.min(low.at, atoms.loss[0]!) / step) - 1, 2 * missed);
  splitUp(atoms, tilt, { step, mass: grids.upper });
  mergeDown(atoms, tilt, { step, mass: grids.lower });
  return grids;
}

function atomsOf({ atoms, continuous }: Loss, range: Parameters<typeof cellsOf>[1]): Atoms {
  const { tilt, logMoment } = range;
  const points = atoms.map(({ loss, mass }) => ({ loss, mass: mass * Math.exp(tilt * loss - logMoment) }));
  if (continuous !== undefined) {
    const cells = cellsOf(continuous, range);
    if (points.length === 0) return cells;
    for (let j = 0; j < cells.count; j++) points.push({ loss: cells.loss[j]!, mass: cells.mass[j]! });
  }
  points.sort((a, b) => a.loss - b.loss);
  return {
    loss: Float64Array.from(points, ({ loss }) => loss),
    mass: Float64Array.from(points, ({ mass }) => mass),
    count: points.length,
  };
}

/** Mass that is cut from each end of a block. */
const TRIMMED = 1e-13;

/**
 * A sum on the grid of another frame. The ends, where there is little but rounding, are cut, and what rounding made negative
 * is left out; both count as misplaced.
 */
function coarser(composed: Composed, { step, length }: Frame, tilt: number): Grids {
  const { first, misplaced } = composed;
  let dropped = 4 * TRIMMED;
  const atoms = [composed.upper, composed.lower].map((mass): Atoms => {
    const [from, to] = trimmed(mass);
    const kept = mass.slice(from, to);
    for (let j = 0; j < kept.length; j++)
      if (kept[j]! < 0) {
        dropped -= 2 * kept[j]!;
        kept[j] = 0;
      }
    const loss = kept.map((_, j) => (first + from + j) * composed.step);
    return { loss, mass: kept, count: kept.length };
  });
  const lowest = Math.min(...atoms.map(({ loss }) => loss[0]!));
  const grids = gridsOf(step, length, Math.floor(lowest / step) - 1, misplaced + dropped);
  splitUp(atoms[0]!, tilt, { step, mass: grids.upper });
  mergeDown(atoms[1]!, tilt, { step, mass: grids.lower });
  return grids;
}

/** The places between which all but TRIMMED of the mass is at either end; rounding cancels in its sum. */
function trimmed(mass: Float64Array): [number, number] {
  let [from, to] = [0, mass.length];
  for (let sum = mass[from]!; sum < TRIMMED && from < to - 1; sum += mass[from]!) from++;
  for (let sum = mass[to - 1]!; sum < TRIMMED && from < to - 1; sum += mass[to - 1]!) to--;
  return [from, to];
}
