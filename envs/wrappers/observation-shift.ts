import { z } from 'zod';
import { KdlabError } from '../../src/core/errors';
import { section } from '../../src/core/section';
import { Box } from '../spaces';
import { changed, wrapper } from '../wrapper';

const perElement = z.union([z.number(), z.array(z.number())]);

/** A badly calibrated sensor: what a policy sees is always off by the same affine map. */
export default wrapper({
  description: 'multiplies observations by a factor and adds a shift, for all elements or one by one',
  options: section({ shift: perElement.default(0), scale: perElement.default(1) }),
  wrap: (dynamics, { shift, scale }) => {
    const { shape, size: width } = dynamics.observationSpace;
    const [add, by] = [shift, scale].map((given) => {
      if (typeof given === 'number') return new Float64Array(width).fill(given);
      if (given.length === width) return Float64Array.from(given);
      throw new KdlabError(
        `observation-shift: ${dynamics.id} has observations of ${width} elements, found ${given.length}; ` +
          'give one number for each, or one for all',
      );
    }) as [Float64Array, Float64Array];
    return changed(dynamics, (inside) => ({
      observationSpace: new Box({ low: -Infinity, high: Infinity, shape }),
      observe: (states, from, to, out) => {
        dynamics.observe(inside(states), from, to, out);
        for (let i = from; i < to; i++)
          for (let k = 0; k < width; k++) out[i * width + k] = out[i * width + k]! * by[k]! + add[k]!;
      },
    }));
  },
});
