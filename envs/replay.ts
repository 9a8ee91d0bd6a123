import * as tf from '@tensorflow/tfjs';
import type { State } from '../src/core/state';
import type { Actions, Space } from './spaces';

/** The latest `capacity` observations, each with the update number at which it was collected and, on request, the action. */
export class Replay {
  private readonly observations: Float32Array;
  private readonly collectedAt: Int32Array;
  private readonly actions: Actions | undefined;
  /** Elements of one action. */
  private readonly perAction: number;
  private added = 0;

  /** `width` is the number of elements of one observation. */
  constructor(
    private readonly capacity: number,
    private readonly width: number,
    { actions }: { actions?: Space } = {},
  ) {
    this.observations = new Float32Array(capacity * width);
    this.collectedAt = new Int32Array(capacity);
    this.actions = actions?.array(capacity);
    this.perAction = actions?.size ?? 1;
  }

  /** How many observations are held. */
  get size(): number {
    return Math.min(this.added, this.capacity);
  }

  /** Adds observations [n, width] with the actions taken there [n, …], replacing the oldest. */
  add(observations: Float32Array, update: number, actions?: Actions): void {
    for (let from = 0; from < observations.length; from += this.width) {
      const slot = this.added++ % this.capacity;
      for (let k = 0; k < this.width; k++) this.observations[slot * this.width + k] = observations[from + k]!;
      this.collectedAt[slot] = update;
      if (this.actions === undefined) continue;
      const row = (from / this.width) * this.perAction;
      this.actions.set(actions!.subarray(row, row + this.perAction), slot * this.perAction);
    }
  }

  /** Copies of the observations in the given slots, [slots, width]. */
  gather(slots: Int32Array): Float32Array {
    const out = new Float32Array(slots.length * this.width);
    slots.forEach((slot, row) => {
      for (let k = 0; k < this.width; k++) out[row * this.width + k] = this.observations[slot * this.width + k]!;
    });
    return out;
  }

  /** The actions taken in the given slots: int32 [slots], or float32 [slots, d] of a Box. Throws Error where none are kept. */
  actionsIn(slots: Int32Array): tf.Tensor {
    const { actions, perAction } = this;
    if (actions === undefined) throw new Error('this replay keeps no actions');
    if (actions instanceof Int32Array)
      return tf.tensor1d(
        slots.map((slot) => actions[slot]!),
        'int32',
      );
    const picked = new Float32Array(slots.length * perAction);
    slots.forEach((slot, row) => {
      picked.set(actions.subarray(slot * perAction, (slot + 1) * perAction), row * perAction);
    });
    return tf.tensor2d(picked, [slots.length, perAction]);
  }

  /** Mean number of updates made since the observations were collected. */
  age(update: number): number {
    let sum = 0;
    for (let slot = 0; slot < this.size; slot++) sum += update - this.collectedAt[slot]!;
    return sum / Math.max(1, this.size);
  }

  save(): State {
    return {
      added: this.added,
      observations: this.observations.slice(0, this.size * this.width),
      collectedAt: this.collectedAt.slice(0, this.size),
      ...(this.actions && { actions: this.actions.slice(0, this.size * this.perAction) }),
    };
  }

  load(saved: State): void {
    this.added = saved.added as number;
    this.observations.set(saved.observations as Float32Array);
    this.collectedAt.set(saved.collectedAt as Int32Array);
    this.actions?.set(saved.actions as Actions);
  }
}
