import type { State } from '../../src/core/state';
import type { Transition } from './transitions';

interface Step {
  readonly observation: Float32Array;
  readonly action: number;
  readonly reward: number;
}

/**
 * Sums rewards over n steps of one environment (Sutton 1988; Hessel et al. 2018, arXiv:1710.02298): each step goes out
 * as a transition once n rewards are known or its episode ends. A truncated episode is followed by its last
 * observation's value, a terminated one by nothing.
 */
export class NStep {
  private steps: Step[] = [];

  constructor(
    private readonly n: number,
    private readonly gamma: number,
  ) {}

  /** `next` is the observation that the step led to, before any reset. Both observations are copied by the caller. */
  push(
    step: { observation: Float32Array; action: number; reward: number },
    next: Float32Array,
    end: { terminated: boolean; truncated: boolean },
    out: (transition: Transition) => void,
  ): void {
    this.steps.push({ ...step });
    const ended = end.terminated || end.truncated;
    while (this.steps.length > 0 && (ended || this.steps.length === this.n)) {
      const reward = this.steps.reduceRight((sum, { reward }) => reward + this.gamma * sum, 0);
      const discount = end.terminated ? 0 : this.gamma ** this.steps.length;
      const { observation, action } = this.steps.shift()!;
      out({ observation, action, reward, discount, next });
    }
  }

  save(): State {
    return {
      count: this.steps.length,
      observations: Float32Array.from(this.steps.flatMap(({ observation }) => [...observation])),
      actions: Int32Array.from(this.steps, ({ action }) => action),
      rewards: Float64Array.from(this.steps, ({ reward }) => reward),
    };
  }

  load(saved: State): void {
    const count = saved.count as number;
    const observations = saved.observations as Float32Array;
    const width = observations.length / Math.max(1, count);
    this.steps = Array.from({ length: count }, (_, i) => ({
      observation: observations.slice(i * width, (i + 1) * width),
      action: (saved.actions as Int32Array)[i]!,
      reward: (saved.rewards as Float64Array)[i]!,
    }));
  }
}
