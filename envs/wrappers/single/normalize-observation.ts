import type { State } from '../../../src/core/state';
import type { Environment } from '../../environment';
import { ObservationMoments } from '../../moments';
import { Box } from '../../spaces';
import { around } from './around';

export interface NormalizedEnvironment extends Environment {
  /** False keeps the moments as they are: set it for evaluation. */
  updating: boolean;
  readonly moments: ObservationMoments;
}

/**
 * Gymnasium's NormalizeObservation: (observation − mean) / √(variance + epsilon) with the moments of all observations seen
 * while `updating`. What is shown moves with them; the wrapper `normalize-observation` of a spec takes moments that
 * stay, such as these when training is over.
 */
export function normalizeObservation(
  env: Environment,
  { epsilon = 1e-8 }: { epsilon?: number } = {},
): NormalizedEnvironment {
  const { shape, size } = env.observationSpace;
  const moments = new ObservationMoments(size);
  let updating = true;
  const shown = (observation: Float32Array): Float32Array => {
    if (updating) moments.add(observation);
    const { mean, deviation } = moments;
    return observation.map((value, k) => (value - mean[k]!) / Math.sqrt(deviation[k]! ** 2 + epsilon));
  };
  return around<NormalizedEnvironment>(env, {
    observationSpace: new Box({ low: -Infinity, high: Infinity, shape }),
    moments,
    get updating() {
      return updating;
    },
    set updating(value: boolean) {
      updating = value;
    },
    reset: (options) => {
      const { observation, info } = env.reset(options);
      return { observation: shown(observation), info };
    },
    step: (action) => {
      const result = env.step(action);
      return { ...result, observation: shown(result.observation) };
    },
    save: (): State => ({ env: env.save(), moments: moments.save(), updating }),
    load: (saved) => {
      env.load(saved.env as State);
      moments.load(saved.moments as State);
      updating = saved.updating as boolean;
    },
  });
}
