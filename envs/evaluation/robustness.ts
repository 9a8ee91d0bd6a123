import type { Breakdown } from '../../src/core/results';
import type { Model } from '../../src/core/types';
import type { Rng } from '../../src/math/rng';
import { bootstrap } from '../../src/math/statistics';
import { evaluatePolicy } from '../evaluate';
import { actBy } from '../policy';
import { dynamicsOf, type EnvironmentSpec } from '../registry';

export interface RobustnessOptions {
  readonly models: readonly Model[];
  readonly id: EnvironmentSpec;
  readonly episodes: number;
  readonly rng: Rng;
  readonly actionNoise: readonly number[];
  readonly observationNoise: readonly number[];
}

/**
 * Mean returns of greedy policies under disturbances that none was trained with: random actions, and noise on what they
 * see. All policies meet the same episodes and the same disturbances' keys.
 */
export function robustness({ models, id, episodes, rng, ...levels }: RobustnessOptions): Breakdown[] {
  const discrete = dynamicsOf(id).actionSpace.kind === 'discrete';
  const table = (title: string, strengths: readonly number[], wrapper: (strength: number) => object): Breakdown => ({
    title,
    metric: 'return',
    groups: strengths.map((strength) => ({
      label: String(strength),
      count: episodes,
      values: models.map((model) => {
        const disturbed = strength === 0 ? id : within(id, wrapper(strength));
        const act = actBy(model, 'greedy');
        const { returns } = evaluatePolicy({ act, id: disturbed, episodes, rng: rng.split('robustness') });
        return bootstrap(returns, rng.split('bootstrap'));
      }),
    })),
  });
  return [
    table(
      discrete ? 'Return by probability of a random action' : 'Return by noise on actions',
      levels.actionNoise,
      (p) => ({
        'action-noise': discrete ? { probability: p } : { deviation: p },
      }),
    ),
    table('Return by noise on observations', levels.observationNoise, (deviation) => ({
      'observation-noise': { deviation },
    })),
  ].filter(({ groups }) => groups.length > 0);
}

/** The environment in one more wrapper. */
function within(spec: EnvironmentSpec, wrapper: object): EnvironmentSpec {
  const { id, options, wrappers = [] } = typeof spec === 'string' ? { id: spec } : spec;
  return { id, ...(options && { options }), wrappers: [...wrappers, wrapper as never] };
}
