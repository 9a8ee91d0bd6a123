import type { Stream } from '../src/math/rng';

/** What an environment takes or gives. */
export type Space = Discrete | MultiDiscrete | Box;

/** The actions of n environments, one after the other: int32 for Discrete and MultiDiscrete, float32 for Box. */
export type Actions = Int32Array | Float32Array;

/** Integers start … start + n − 1. Throws RangeError where n is no positive integer. */
export class Discrete {
  readonly kind = 'discrete';
  readonly shape: readonly number[] = [];
  readonly size = 1;

  constructor(
    readonly n: number,
    readonly start = 0,
  ) {
    if (!Number.isInteger(n) || n < 1) throw new RangeError(`a Discrete space needs n >= 1, found ${n}`);
  }

  sample(stream: Stream): number {
    return this.start + stream.integer(this.n);
  }

  contains(value: number): boolean {
    return Number.isInteger(value) && value >= this.start && value < this.start + this.n;
  }

  /** Room for `count` members. */
  array(count: number): Int32Array {
    return new Int32Array(count);
  }

  toString(): string {
    return this.start === 0 ? `Discrete(${this.n})` : `Discrete(${this.n}, start=${this.start})`;
  }
}

/** Several integers at once, element i within 0 … counts[i] − 1. Throws RangeError where a count is no positive integer. */
export class MultiDiscrete {
  readonly kind = 'multi-discrete';
  readonly shape: readonly number[];
  readonly size: number;

  constructor(readonly counts: readonly number[]) {
    const wrong = counts.find((n) => !Number.isInteger(n) || n < 1);
    if (wrong !== undefined || counts.length === 0)
      throw new RangeError(`a MultiDiscrete space needs one n >= 1 for each element, found [${counts.join(', ')}]`);
    this.shape = [counts.length];
    this.size = counts.length;
  }

  sample(stream: Stream): Int32Array {
    return Int32Array.from(this.counts, (n) => stream.integer(n));
  }

  contains(value: ArrayLike<number>): boolean {
    return (
      value.length === this.size &&
      this.counts.every((n, i) => Number.isInteger(value[i]) && value[i]! >= 0 && value[i]! < n)
    );
  }

  /** Room for `count` members, one after the other. */
  array(count: number): Int32Array {
    return new Int32Array(count * this.size);
  }

  toString(): string {
    return `MultiDiscrete([${this.counts.join(', ')}])`;
  }
}

/**
 * Float32 arrays of a shape, each element within its own bounds, which may be infinite. `low` and `high` are given
 * for all elements or one by one, row-major. Throws RangeError where their lengths do not fit or low > high.
 */
export class Box {
  readonly kind = 'box';
  readonly shape: readonly number[];
  readonly size: number;
  readonly low: Float32Array;
  readonly high: Float32Array;

  constructor(options: {
    low: number | readonly number[];
    high: number | readonly number[];
    shape?: readonly number[];
  }) {
    const { low, high } = options;
    const listed = typeof low === 'number' ? high : low;
    this.shape = options.shape ?? (typeof listed === 'number' ? [1] : [listed.length]);
    this.size = this.shape.reduce((product, length) => product * length, 1);
    this.low = bounds(low, this.size, 'low');
    this.high = bounds(high, this.size, 'high');
    const wrong = this.low.findIndex((value, i) => !(value <= this.high[i]!));
    if (wrong >= 0)
      throw new RangeError(`element ${wrong} of a Box: low is ${this.low[wrong]}, high is ${this.high[wrong]}`);
  }

  /** Uniform where bounded, shifted exponential where bounded on one side, standard normal where unbounded. */
  sample(stream: Stream): Float32Array {
    return this.low.map((low, i) => {
      const high = this.high[i]!;
      if (Number.isFinite(low) && Number.isFinite(high)) return stream.uniform(low, high);
      if (Number.isFinite(low)) return low - Math.log(1 - stream.uniform());
      if (Number.isFinite(high)) return high + Math.log(1 - stream.uniform());
      return stream.normal();
    });
  }

  /** False for a wrong number of elements, anything outside the bounds, and NaN. */
  contains(value: ArrayLike<number>): boolean {
    if (value.length !== this.size) return false;
    for (let i = 0; i < this.size; i++) if (!(value[i]! >= this.low[i]! && value[i]! <= this.high[i]!)) return false;
    return true;
  }

  /** Room for `count` members, one after the other. */
  array(count: number): Float32Array {
    return new Float32Array(count * this.size);
  }

  /** Moves every element of members [count, …shape] to the nearest bound where it is outside, in place. */
  clip(members: Float32Array): void {
    for (let k = 0; k < members.length; k++) {
      const element = k % this.size;
      if (members[k]! < this.low[element]!) members[k] = this.low[element]!;
      else if (members[k]! > this.high[element]!) members[k] = this.high[element]!;
    }
  }

  toString(): string {
    return `Box(${printed(this.low)}, ${printed(this.high)}, [${this.shape.join(', ')}])`;
  }
}

function bounds(value: number | readonly number[], size: number, name: string): Float32Array {
  if (typeof value === 'number') return new Float32Array(size).fill(value);
  if (value.length !== size) throw new RangeError(`a Box of ${size} elements got ${value.length} values of ${name}`);
  return Float32Array.from(value);
}

/** One number where all bounds of many elements are the same. */
function printed(bound: Float32Array): string {
  return bound.length > 1 && bound.every((value) => value === bound[0]) ? `${bound[0]}` : `[${bound.join(', ')}]`;
}
