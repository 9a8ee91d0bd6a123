import type { Stream } from '../src/math/rng';

/** Integers start … start + n − 1. Throws RangeError where n is no positive integer. */
export class Discrete {
  readonly kind = 'discrete';

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

  toString(): string {
    return this.start === 0 ? `Discrete(${this.n})` : `Discrete(${this.n}, start=${this.start})`;
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

  toString(): string {
    return `Box([${this.low.join(', ')}], [${this.high.join(', ')}], [${this.shape.join(', ')}])`;
  }
}

function bounds(value: number | readonly number[], size: number, name: string): Float32Array {
  if (typeof value === 'number') return new Float32Array(size).fill(value);
  if (value.length !== size) throw new RangeError(`a Box of ${size} elements got ${value.length} values of ${name}`);
  return Float32Array.from(value);
}
