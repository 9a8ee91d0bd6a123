import type { State } from '../src/core/state';
import type { Metrics } from '../src/core/types';
import type { VectorEnvironment } from './vector';

/** How many of the latest episodes the mean return is taken over. */
const WINDOW = 100;

/** Counts environment steps and keeps the returns of the latest episodes. */
export class EpisodeStatistics {
  private steps = 0;
  private ended = 0;
  private readonly returns = new Float64Array(WINDOW);

  get envSteps(): number {
    return this.steps;
  }

  /** Call once after every step of the vector. */
  record(vector: VectorEnvironment): void {
    this.steps += vector.size;
    for (let i = 0; i < vector.size; i++)
      if (vector.ended(i)) this.returns[this.ended++ % WINDOW] = vector.episodeReturns[i]!;
  }

  /** `envSteps`, `episodes` and, once one has ended, `meanReturn` of the latest 100. */
  metrics(): Metrics {
    const counted = Math.min(this.ended, WINDOW);
    const counts = { envSteps: this.steps, episodes: this.ended };
    if (counted === 0) return counts;
    return { ...counts, meanReturn: this.returns.subarray(0, counted).reduce((sum, x) => sum + x, 0) / counted };
  }

  save(): State {
    return { steps: this.steps, ended: this.ended, returns: this.returns.slice() };
  }

  load(saved: State): void {
    this.steps = saved.steps as number;
    this.ended = saved.ended as number;
    this.returns.set(saved.returns as Float64Array);
  }
}
