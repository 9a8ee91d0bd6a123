import { boxMuller } from './box-muller';
import { philoxBlock } from './philox';

/** Where `split` has its block written. */
const derived = new Uint32Array(4);

/** Marks the counters used for deriving keys, so that no draw ever shares a counter with a derivation. */
const SPLIT = 0x5eed_1abe;

/**
 * A key, not an advancing generator: the same `Rng` always draws the same numbers, and `split` derives
 * independent ones by label and index. Adding a log line or a metric therefore cannot shift any other draw, and
 * resuming a run needs nothing but the seed and the step. Draw once from each derived key; for a sequence
 * of single draws use `stream()`.
 */
export class Rng {
  private constructor(
    private readonly k0: number,
    private readonly k1: number,
  ) {}

  /** The two words that are the whole of it, as signed 32-bit integers. */
  get key(): readonly [number, number] {
    return [this.k0 | 0, this.k1 | 0];
  }

  /** The generator of a key taken from another one. */
  static fromKey(k0: number, k1: number): Rng {
    return new Rng(k0 >>> 0, k1 >>> 0);
  }

  /** The root key of a run. `seed` is a non-negative safe integer. Throws RangeError otherwise. */
  static root(seed: number): Rng {
    if (!Number.isSafeInteger(seed) || seed < 0)
      throw new RangeError(`seed must be a non-negative integer, found ${seed}`);
    return new Rng(seed >>> 0, Math.floor(seed / 2 ** 32)).split('root');
  }

  /** An independent key for `label` (and `index`, for example a step or an episode). */
  split(label: string, index = 0): Rng {
    const [h0, h1] = labelHash(label);
    philoxBlock(h0, h1, index | 0, SPLIT ^ Math.floor(index / 2 ** 32), this.k0, this.k1, derived);
    return new Rng(derived[0]!, derived[1]!);
  }

  /** `n` unsigned 32-bit words; those from `position` on, counted in words. */
  words(n: number, position = 0): Uint32Array {
    const first = Math.floor(position / 4);
    const blocks = Math.ceil((position + n) / 4) - first;
    const out = new Uint32Array(blocks * 4);
    for (let block = 0; block < blocks; block++) {
      const counter = first + block;
      philoxBlock(counter | 0, Math.floor(counter / 2 ** 32), 0, 0, this.k0, this.k1, out, block * 4);
    }
    const before = position - first * 4;
    // A view costs more than the words of a short draw.
    return before === 0 && n === out.length ? out : out.subarray(before, before + n);
  }

  /** `n` uniforms in [low, high), 24 random bits each, exact in float32 for the default range. */
  uniform(n: number, low = 0, high = 1): Float32Array {
    const words = this.words(n);
    const out = new Float32Array(n);
    for (let i = 0; i < n; i++) out[i] = low + (high - low) * ((words[i]! >>> 8) / 2 ** 24);
    return out;
  }

  /** `n` Gaussians by Box–Muller in float64, rounded to float32. */
  normal(n: number, mean = 0, standardDeviation = 1): Float32Array {
    return boxMuller(this.words(2 * Math.ceil(n / 2)), n, mean, standardDeviation);
  }

  /** A uniformly random permutation of 0 … n−1 (Fisher–Yates, unbiased). */
  permutation(n: number): Int32Array {
    const out = Int32Array.from({ length: n }, (_, i) => i);
    const stream = this.stream();
    for (let i = n - 1; i > 0; i--) {
      const j = stream.integer(i + 1);
      const held = out[i]!;
      out[i] = out[j]!;
      out[j] = held;
    }
    return out;
  }

  /** `n` category indices drawn with the given unnormalised, non-negative weights. */
  categorical(n: number, weights: ArrayLike<number>): Int32Array {
    const stream = this.stream();
    return Int32Array.from({ length: n }, () => stream.categorical(weights));
  }

  /** A cursor for single draws in sequence; `position` takes up where a saved one stopped. */
  stream(position = 0): Stream {
    return new Stream(this, position);
  }
}

const NO_WORDS = new Uint32Array(0);

/** Sequential draws from one key. Its whole state is `position`, the number of words consumed. */
export class Stream {
  private buffer: Uint32Array = NO_WORDS;
  private bufferStart = 0;

  constructor(
    private readonly rng: Rng,
    public position = 0,
  ) {}

  word(): number {
    const at = this.position - this.bufferStart;
    if (at < 0 || at >= this.buffer.length) {
      // Many streams serve a few draws only, such as the first state of an episode.
      const next = Math.min(256, Math.max(8, 4 * this.buffer.length));
      this.bufferStart = this.position;
      this.buffer = this.rng.words(next, this.position);
      this.position++;
      return this.buffer[0]!;
    }
    this.position++;
    return this.buffer[at]!;
  }

  /** A float64 uniform in [low, high) from 53 random bits. */
  uniform(low = 0, high = 1): number {
    const a = this.word() >>> 5;
    const b = this.word() >>> 6;
    return low + (high - low) * ((a * 2 ** 26 + b) / 2 ** 53);
  }

  /** An unbiased integer in [0, n), by rejection. */
  integer(n: number): number {
    const limit = 2 ** 32 - (2 ** 32 % n);
    for (;;) {
      const word = this.word();
      if (word < limit) return word % n;
    }
  }

  /** One Gaussian; two uniforms are consumed for each. */
  normal(mean = 0, standardDeviation = 1): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return mean + standardDeviation * radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** An index drawn with the given unnormalised, non-negative weights. Throws RangeError when they sum to none. */
  categorical(weights: ArrayLike<number>): number {
    let total = 0;
    for (let i = 0; i < weights.length; i++) total += weights[i]!;
    if (!(total > 0) || !Number.isFinite(total)) throw new RangeError(`category weights sum to ${total}, expected > 0`);
    let left = this.uniform() * total;
    let last = 0;
    for (let i = 0; i < weights.length; i++) {
      if (weights[i]! <= 0) continue;
      last = i;
      left -= weights[i]!;
      if (left < 0) return i;
    }
    return last;
  }
}

/** The hashes of labels met so far; labels are written in the code, so that there are few. */
const hashes = new Map<string, readonly [number, number]>();

/** FNV-1a over UTF-8 in two independent 32-bit lanes: a 64-bit name for a label. */
export function labelHash(label: string): readonly [number, number] {
  const known = hashes.get(label);
  if (known !== undefined) return known;
  let a = 0x811c9dc5;
  let b = 0x9dc5811c;
  for (const byte of Buffer.from(label, 'utf8')) {
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b ^ byte ^ 0x5a, 0x01000193) + 1;
  }
  const hash = [a >>> 0, b >>> 0] as const;
  hashes.set(label, hash);
  return hash;
}
