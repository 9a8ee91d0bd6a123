import type { State } from '../../src/core/state';
import { SumTree } from './sum-tree';

/** One transition over up to n steps. */
export interface Transition {
  readonly observation: Float32Array;
  readonly action: number;
  /** Σ γ^k r_{t+k}. */
  readonly reward: number;
  /** What the value of `next` is multiplied by: γ^k, or 0 where the episode terminated. */
  readonly discount: number;
  readonly next: Float32Array;
}

/** The latest `capacity` transitions with a priority each. */
export class Transitions {
  readonly observations: Float32Array;
  readonly nexts: Float32Array;
  readonly actions: Int32Array;
  readonly rewards: Float32Array;
  readonly discounts: Float32Array;
  private readonly tree: SumTree;
  private highest = 1;
  private added = 0;

  /** `width` is the number of elements of one observation. */
  constructor(
    readonly capacity: number,
    private readonly width: number,
  ) {
    this.observations = new Float32Array(capacity * width);
    this.nexts = new Float32Array(capacity * width);
    this.actions = new Int32Array(capacity);
    this.rewards = new Float32Array(capacity);
    this.discounts = new Float32Array(capacity);
    this.tree = new SumTree(capacity);
  }

  get size(): number {
    return Math.min(this.added, this.capacity);
  }

  /** Replaces the oldest. A new transition has the highest priority seen, so that it is drawn soon. */
  add({ observation, action, reward, discount, next }: Transition): void {
    const slot = this.added++ % this.capacity;
    this.observations.set(observation, slot * this.width);
    this.nexts.set(next, slot * this.width);
    this.actions[slot] = action;
    this.rewards[slot] = reward;
    this.discounts[slot] = discount;
    this.tree.set(slot, this.highest);
  }

  /** The slot at a part `mass` in [0, 1) of the whole priority. */
  slotAt(mass: number): number {
    return this.tree.find(mass * this.tree.total);
  }

  /** Probability of drawing a slot. */
  probability(slot: number): number {
    return this.tree.get(slot) / this.tree.total;
  }

  prioritise(slot: number, priority: number): void {
    this.tree.set(slot, priority);
    this.highest = Math.max(this.highest, priority);
  }

  save(): State {
    const { size, width } = this;
    return {
      added: this.added,
      highest: this.highest,
      observations: this.observations.slice(0, size * width),
      nexts: this.nexts.slice(0, size * width),
      actions: this.actions.slice(0, size),
      rewards: this.rewards.slice(0, size),
      discounts: this.discounts.slice(0, size),
      priorities: this.tree.values(size),
    };
  }

  load(saved: State): void {
    this.added = saved.added as number;
    this.highest = saved.highest as number;
    this.observations.set(saved.observations as Float32Array);
    this.nexts.set(saved.nexts as Float32Array);
    this.actions.set(saved.actions as Int32Array);
    this.rewards.set(saved.rewards as Float32Array);
    this.discounts.set(saved.discounts as Float32Array);
    (saved.priorities as Float64Array).forEach((priority, slot) => {
      this.tree.set(slot, priority);
    });
  }
}
