import { philoxBlock } from '../src/math/philox';
import { Rng, Stream } from '../src/math/rng';

/** Where dynamics take random numbers from: a `Stream`, or the draws of a recorded trajectory. */
export type RandomSource = Pick<Stream, 'uniform' | 'integer' | 'normal'>;

/** One source for each environment of a vector; what `of` gives is valid until it is called again. */
export interface RandomSources {
  of(i: number): RandomSource;
}

/**
 * The streams of n environments on typed arrays: each draws what `key.stream()` of its own key draws, without an object
 * or a buffer for each. `of(i)` turns the one stream to environment i.
 */
export class EpisodeStreams extends Stream implements RandomSources {
  /** Words consumed by each environment since its episode began, [n]; with the keys, the whole state. */
  readonly positions: Float64Array;
  private readonly keys: Int32Array;
  private readonly blocks: Uint32Array;
  private current = 0;

  constructor(n: number) {
    super(Rng.fromKey(0, 0));
    this.positions = new Float64Array(n);
    this.keys = new Int32Array(2 * n);
    this.blocks = new Uint32Array(4 * n);
  }

  of(i: number): this {
    this.current = i;
    return this;
  }

  /** Environment `i` draws from `key` from now on, as if `position` words had been consumed. */
  begin(i: number, key: Rng, position = 0): void {
    this.keys.set(key.key, 2 * i);
    this.positions[i] = position;
    if (position % 4 !== 0) this.block(i, Math.floor(position / 4));
  }

  override word(): number {
    const i = this.current;
    const position = this.positions[i]!;
    const within = position % 4;
    if (within === 0) this.block(i, position / 4);
    this.positions[i] = position + 1;
    return this.blocks[4 * i + within]!;
  }

  private block(i: number, counter: number): void {
    const high = Math.floor(counter / 2 ** 32);
    philoxBlock(counter | 0, high, 0, 0, this.keys[2 * i]!, this.keys[2 * i + 1]!, this.blocks, 4 * i);
  }
}
