import type { State } from '../../../src/core/state';
import type { Environment } from '../../environment';
import { around } from './around';

export interface EpisodeRecord extends Environment {
  /** Undiscounted returns and lengths in steps of the latest episodes, oldest first. */
  readonly returns: readonly number[];
  readonly lengths: readonly number[];
  readonly episodes: number;
}

/**
 * Gymnasium's RecordEpisodeStatistics: the last step of an episode tells its return and length as `info.episode`
 * `{ r, l }`; its time is left out, since nothing here depends on the clock. Vectors have `episodeReturns` and `episodeLengths`
 * without a wrapper.
 */
export function recordEpisodeStatistics(env: Environment, { window = 100 }: { window?: number } = {}): EpisodeRecord {
  let returns: number[] = [];
  let lengths: number[] = [];
  let episodes = 0;
  let sum = 0;
  let steps = 0;
  return around<EpisodeRecord>(env, {
    get returns() {
      return returns;
    },
    get lengths() {
      return lengths;
    },
    get episodes() {
      return episodes;
    },
    reset: (options) => {
      sum = 0;
      steps = 0;
      return env.reset(options);
    },
    step: (action) => {
      const result = env.step(action);
      sum += result.reward;
      steps++;
      if (!result.terminated && !result.truncated) return result;
      episodes++;
      returns = [...returns, sum].slice(-window);
      lengths = [...lengths, steps].slice(-window);
      return { ...result, info: { ...result.info, episode: { r: sum, l: steps } } };
    },
    save: (): State => ({
      env: env.save(),
      returns: Float64Array.from(returns),
      lengths: Int32Array.from(lengths),
      running: { episodes, sum, steps },
    }),
    load: (saved) => {
      env.load(saved.env as State);
      returns = Array.from(saved.returns as Float64Array);
      lengths = Array.from(saved.lengths as Int32Array);
      ({ episodes, sum, steps } = saved.running as { episodes: number; sum: number; steps: number });
    },
  });
}
