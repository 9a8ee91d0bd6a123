import type * as tf from '@tensorflow/tfjs';
import { KdlabError } from '../../core/errors';
import type { Executor } from '../executor';
import type { Memory } from '../memory';
import type { DType } from './ir';
import { type Homes, type Values, viewOf } from './program';

/** What a tfjs backend keeps of a tensor's data. */
export interface Stored {
  values?: tf.backend_util.BackendValues;
  /** How many tensors stand for it. */
  refCount: number;
}

/** The tfjs backend that shares the memory. */
export interface Store {
  /** The data of tensors by their id. */
  readonly data: { has(dataId: object): boolean; get(dataId: object): Stored };
  /** Told the buffers that homes lie in. */
  readonly shared: Set<ArrayBufferLike>;
}

interface Slot {
  readonly address: number;
  readonly view: Values;
  /** The variable's data when it was last seen. */
  dataId: object;
}

/**
 * The homes of variables in the engine's memory, one each for all programs of the process. The values that tfjs has for
 * a variable are a view of its home: what a program writes there, eager operations read. A tensor that shares a variable's
 * data (a clone, a reshape) keeps the values of before the next run.
 */
export class Slots implements Homes<tf.Variable> {
  private readonly slots = new Map<tf.Variable, Slot>();

  constructor(
    private readonly executor: Executor,
    private readonly memory: Memory,
    private readonly store: Store,
    /** A tensor with data of its own, for variables that share theirs. */
    private readonly like: (variable: tf.Variable) => tf.Tensor,
  ) {}

  address(variable: tf.Variable): number {
    return (this.slots.get(variable) ?? this.make(variable)).address;
  }

  /** Throws KdlabError where a variable was disposed. */
  refresh(variables: readonly tf.Variable[]): void {
    for (const variable of variables) {
      if (variable.isDisposed)
        throw new KdlabError(`variable "${variable.name}" was disposed; the programs that use it cannot run any more`);
      const slot = this.slots.get(variable)!;
      const stored = this.store.data.get(variable.dataId);
      if (stored.values !== slot.view || stored.refCount > 1) this.settle(variable, slot, stored);
    }
  }

  /** Gives back the homes of disposed variables. */
  sweep(): void {
    for (const [variable, slot] of this.slots) {
      if (!variable.isDisposed) continue;
      this.detach(slot);
      this.memory.free(slot.address);
      this.slots.delete(variable);
    }
  }

  private make(variable: tf.Variable): Slot {
    this.sweep();
    const address = this.memory.allocate(Math.max(1, variable.size));
    const view = viewOf(this.executor, address, variable.size, variable.dtype as DType);
    this.store.shared.add(view.buffer);
    const slot = { address, view, dataId: variable.dataId };
    this.slots.set(variable, slot);
    this.settle(variable, slot, this.store.data.get(variable.dataId));
    return slot;
  }

  /** Makes the home hold the variable's values and the variable alone stand for it. */
  private settle(variable: tf.Variable, slot: Slot, stored: Stored): void {
    if (stored.values !== slot.view) {
      this.detach(slot);
      slot.view.set(stored.values as Values);
    }
    let own = stored;
    if (stored.refCount > 1) {
      const fresh = this.like(variable);
      variable.assign(fresh);
      fresh.dispose();
      if (stored.values === slot.view) stored.values = slot.view.slice();
      own = this.store.data.get(variable.dataId);
    }
    own.values = slot.view;
    slot.dataId = variable.dataId;
  }

  /** Gives what is left of the variable's former data a copy of the home before that changes. */
  private detach(slot: Slot): void {
    if (!this.store.data.has(slot.dataId)) return;
    const stored = this.store.data.get(slot.dataId);
    if (stored.values === slot.view) stored.values = slot.view.slice();
  }
}
