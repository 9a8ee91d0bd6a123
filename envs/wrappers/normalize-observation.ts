import { z } from 'zod';
import { KdlabError } from '../../src/core/errors';
import { section } from '../../src/core/section';
import { Rng } from '../../src/math/rng';
import type { Dynamics } from '../dynamics';
import { ObservationMoments } from '../moments';
import { Box } from '../spaces';
import { VectorEnvironment } from '../vector';
import { changed, wrapper } from '../wrapper';

const ENVIRONMENTS = 16;

/**
 * Observations at mean 0 and variance 1 by numbers that never change: teacher, student, training and evaluation see the
 * same thing. Where they are not given they are those of a uniformly random policy, from a fixed seed, so that
 * the configuration alone determines them. `ObservationMoments` gathers running ones, whose `mean` and `deviation` may
 * be given here.
 */
export default wrapper({
  description: 'shifts and scales observations to mean 0 and variance 1, by given or measured moments',
  options: section({
    mean: z.array(z.number()).optional(),
    deviation: z.array(z.number().min(0)).optional(),
    samples: z
      .number()
      .int()
      .positive()
      .default(10_000)
      .describe('steps of a random policy, where no moments are given'),
    seed: z.number().int().min(0).default(0),
    clip: z.number().positive().default(10).describe('largest absolute value shown'),
  }),
  wrap: (dynamics, { mean, deviation, samples, seed, clip }) => {
    const { id } = dynamics;
    const { shape, size: width } = dynamics.observationSpace;
    if ((mean === undefined) !== (deviation === undefined))
      throw new KdlabError(`normalize-observation: ${id}: give mean and deviation, or neither`);
    for (const given of [mean, deviation])
      if (given !== undefined && given.length !== width)
        throw new KdlabError(
          `normalize-observation: ${id} has observations of ${width} elements, found ${given.length} numbers`,
        );
    const moments = mean === undefined ? measured(dynamics, samples, Rng.root(seed)) : { mean, deviation: deviation! };
    const centre = Float64Array.from(moments.mean);
    const scale = Float64Array.from(moments.deviation, (each) => 1 / Math.sqrt(each * each + 1e-8));
    return changed(dynamics, (inside) => ({
      observationSpace: new Box({ low: -clip, high: clip, shape }),
      observe: (states, from, to, out) => {
        dynamics.observe(inside(states), from, to, out);
        for (let i = from; i < to; i++)
          for (let k = 0; k < width; k++) {
            const value = (out[i * width + k]! - centre[k]!) * scale[k]!;
            out[i * width + k] = Math.min(Math.max(value, -clip), clip);
          }
      },
    }));
  },
});

function measured(dynamics: Dynamics, samples: number, rng: Rng): ObservationMoments {
  const { actionSpace } = dynamics;
  const vector = new VectorEnvironment(dynamics, { environments: ENVIRONMENTS, rng: rng.split('environments') });
  const stream = rng.split('actions').stream();
  const moments = new ObservationMoments(dynamics.observationSpace.size);
  const actions = vector.actions();
  for (let seen = 0; seen < samples; seen += ENVIRONMENTS) {
    moments.add(vector.observations);
    for (let i = 0; i < ENVIRONMENTS; i++) {
      const action = actionSpace.sample(stream);
      if (typeof action === 'number') actions[i] = action;
      else actions.set(action, i * actionSpace.size);
    }
    vector.step(actions);
  }
  return moments;
}
