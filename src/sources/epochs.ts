import { KdlabError } from '../core/errors';
import type { State } from '../core/state';
import type { Rng } from '../math/rng';

/**
 * Numbers 0 to count − 1 in shuffled order, epoch after epoch without end, `batchSize` at a time. The order of an epoch is
 * a permutation drawn for that epoch, so the whole state is the epoch and the position in it.
 */
export class ShuffledEpochs {
  /** Numbers of an epoch that come into batches. */
  readonly total: number;
  private epoch = 0;
  private position = 0;

  constructor(
    private readonly count: number,
    private readonly batchSize: number,
    { dropLast = false }: { readonly dropLast?: boolean } = {},
  ) {
    this.total = dropLast ? count - (count % batchSize) : count;
  }

  get stepsPerEpoch(): number {
    return Math.ceil(this.total / this.batchSize);
  }

  *batches(rng: Rng): Generator<{ readonly chosen: Int32Array; readonly epoch: number }, never> {
    for (;;) {
      const order = rng.split('epoch', this.epoch).permutation(this.count);
      const current = this.epoch;
      while (this.epoch === current) {
        const chosen = order.slice(this.position, Math.min(this.position + this.batchSize, this.total));
        this.position += this.batchSize;
        if (this.position >= this.total) {
          this.epoch++;
          this.position = 0;
        }
        yield { chosen, epoch: current };
      }
    }
  }

  save(): State {
    return { epoch: this.epoch, position: this.position };
  }

  /** Throws KdlabError where the position cannot be one of these batches. */
  load(state: State): void {
    const { batchSize, total } = this;
    const valid = [state.epoch, state.position].every((value) => Number.isSafeInteger(value) && (value as number) >= 0);
    if (!valid || (state.position as number) >= total || (state.position as number) % batchSize !== 0)
      throw new KdlabError(
        `the saved position ${JSON.stringify(state)} is not one of ${total} examples in batches of ${batchSize}; ` +
          'it was saved with other data or another batch size. Start the run anew.',
      );
    this.epoch = state.epoch as number;
    this.position = state.position as number;
  }
}

/**
 * Steps numbered through epochs without end, for sources whose batches depend on the epoch's key and the place in it only: the
 * whole state is the number of steps.
 */
export class NumberedEpochs {
  private step = 0;

  constructor(readonly stepsPerEpoch: number) {}

  /** What `ofEpoch`, given an epoch's key, makes at each place in it from 0 on. */
  *batches<T>(rng: Rng, ofEpoch: (epoch: Rng) => (at: number) => T): Generator<T, never> {
    const { stepsPerEpoch } = this;
    for (;;) {
      const make = ofEpoch(rng.split('epoch', Math.floor(this.step / stepsPerEpoch)));
      do {
        const made = make(this.step % stepsPerEpoch);
        this.step++;
        yield made;
      } while (this.step % stepsPerEpoch !== 0);
    }
  }

  save(): { readonly step: number } {
    return { step: this.step };
  }

  load({ step }: State): void {
    this.step = step as number;
  }
}
