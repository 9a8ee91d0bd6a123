import { sizeOf } from './ir';

/**
 * Where the elements of an index space are found in a buffer: element i of the space, i written in the mixed radix
 * `lengths` (the last digit fastest) as digits d, lies at offset + Σ dⱼ · stridesⱼ. A reshape changes nothing in it;
 * transposes, broadcasts and slices compose with it by `through`.
 */
export interface IndexMap {
  readonly lengths: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

/** Element i at i. */
export function identity(count: number): IndexMap {
  return canonical({ lengths: [count], strides: [1], offset: 0 });
}

/** The row-major strides of a shape. */
export function rowStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let size = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = size;
    size *= shape[axis]!;
  }
  return strides;
}

/** The same map in its one shortest form: no digits of length 1, neighbours merged where one continues the other. */
export function canonical({ lengths, strides, offset }: IndexMap): IndexMap {
  const merged: { length: number; stride: number }[] = [];
  for (let i = 0; i < lengths.length; i++) {
    const length = lengths[i]!;
    const stride = strides[i]!;
    if (length === 1) continue;
    const last = merged.at(-1);
    if (last !== undefined && last.stride === stride * length) {
      last.length *= length;
      last.stride = stride;
    } else merged.push({ length, stride });
  }
  return { lengths: merged.map((digit) => digit.length), strides: merged.map((digit) => digit.stride), offset };
}

/** Equal for equal canonical maps only. */
export function keyOf({ lengths, strides, offset }: IndexMap): string {
  return `${lengths}:${strides}:${offset}`;
}

export function isIdentity(map: IndexMap): boolean {
  return map.offset === 0 && map.strides.every((stride) => stride === 1) && map.strides.length <= 1;
}

/** True where every element is read from one place. */
export function isScalar(map: IndexMap): boolean {
  return map.strides.every((stride) => stride === 0);
}

/**
 * The map behind a view: `map` leads into an array of `shape`, whose element with coordinates c lies at
 * origin + Σ cⱼ · stepsⱼ. Undefined where the digits of the map cannot be told apart by the axes of the shape.
 */
export function through(
  map: IndexMap,
  shape: readonly number[],
  steps: readonly number[],
  origin = 0,
): IndexMap | undefined {
  const rows = rowStrides(shape);
  const low = new Array<number>(shape.length);
  const high = new Array<number>(shape.length);
  let rest = map.offset;
  let offset = origin;
  for (let axis = 0; axis < shape.length; axis++) {
    const coordinate = Math.floor(rest / rows[axis]!);
    rest -= coordinate * rows[axis]!;
    low[axis] = coordinate;
    high[axis] = coordinate;
    offset += coordinate * steps[axis]!;
  }
  const lengths: number[] = [];
  const strides: number[] = [];
  for (let i = 0; i < map.lengths.length; i++) {
    const stride = map.strides[i]!;
    if (stride === 0) {
      lengths.push(map.lengths[i]!);
      strides.push(0);
      continue;
    }
    const parts = partsOf(map.lengths[i]!, Math.abs(stride), shape, rows);
    if (parts === undefined) return undefined;
    for (const { length, axis, step } of parts) {
      lengths.push(length);
      strides.push(Math.sign(stride) * step * steps[axis]!);
      if (stride > 0) high[axis]! += (length - 1) * step;
      else low[axis]! -= (length - 1) * step;
    }
  }
  for (let axis = 0; axis < shape.length; axis++) if (low[axis]! < 0 || high[axis]! >= shape[axis]!) return undefined;
  return canonical({ lengths, strides, offset });
}

/** A digit of a flat index, cut at the axes of a shape: slowest first, each moving along one axis by `step`. */
function partsOf(
  length: number,
  stride: number,
  shape: readonly number[],
  rows: readonly number[],
): { length: number; axis: number; step: number }[] | undefined {
  const parts: { length: number; axis: number; step: number }[] = [];
  let left = length;
  let at = stride;
  for (;;) {
    const axis = shape.findIndex((size, j) => rows[j]! <= at && at < rows[j]! * size);
    if (axis < 0 || at % rows[axis]! !== 0) return undefined;
    const end = rows[axis]! * shape[axis]!;
    const step = at / rows[axis]!;
    if ((left - 1) * at < end) {
      parts.unshift({ length: left, axis, step });
      return parts;
    }
    if (end % at !== 0 || left % (end / at) !== 0) return undefined;
    parts.unshift({ length: end / at, axis, step });
    left /= end / at;
    at = end;
  }
}

/**
 * Several maps of one index space over common digits: the strides of each. Undefined where one cuts the space at a place
 * that does not fit the cuts of another.
 */
export function refine(
  count: number,
  maps: readonly IndexMap[],
): { lengths: number[]; strides: number[][] } | undefined {
  const cuts = new Set([1, count]);
  for (const { lengths } of maps) {
    let low = 1;
    for (let i = lengths.length - 1; i >= 0; i--) {
      low *= lengths[i]!;
      cuts.add(low);
    }
  }
  const places = [...cuts].sort((a, b) => a - b);
  for (let i = 1; i < places.length; i++) if (places[i]! % places[i - 1]! !== 0) return undefined;
  const lows = places.slice(0, -1).reverse();
  const lengths = lows.map((low, i) => (i === 0 ? count : lows[i - 1]!) / low);
  const strides = maps.map((map) => {
    const bounds: { low: number; high: number; stride: number }[] = [];
    let low = 1;
    for (let i = map.lengths.length - 1; i >= 0; i--) {
      bounds.push({ low, high: low * map.lengths[i]!, stride: map.strides[i]! });
      low *= map.lengths[i]!;
    }
    return lows.map((place) => {
      const digit = bounds.find(({ low: from, high }) => from <= place && place < high)!;
      return (digit.stride * place) / digit.low;
    });
  });
  return { lengths, strides };
}

/** How a broadcast of `from` to `shape` steps through `from`, as NumPy aligns them. */
export function broadcastSteps(from: readonly number[], shape: readonly number[]): number[] {
  const rows = rowStrides(from);
  const lead = shape.length - from.length;
  return shape.map((_, axis) => (axis < lead || from[axis - lead] === 1 ? 0 : rows[axis - lead]!));
}

/** The elements of a rectangle inside a row-major array of `shape`, in the rectangle's own order. */
export function within(region: readonly number[], shape: readonly number[], begin: readonly number[]): IndexMap {
  const rows = rowStrides(shape);
  const offset = begin.reduce((sum, at, axis) => sum + at * rows[axis]!, 0);
  return through(identity(sizeOf(region)), region, rows, offset)!;
}
