import type { Definition } from '../definition';
import { grid } from './grid';
import { random } from './random';
import type { Sampler } from './sampler';
import { sobol } from './sobol';
import { tpe } from './tpe';

/** The sampler that a definition's strategy asks for. Successive halving draws at random; what goes on is decided later. */
export function makeSampler({ axes, strategy }: Definition): Sampler {
  if ('random' in strategy) return random(axes, strategy.random);
  if ('sobol' in strategy) return sobol(axes, strategy.sobol);
  if ('tpe' in strategy) return tpe(axes, strategy.tpe);
  if ('asha' in strategy) return random(axes, strategy.asha);
  return grid(axes);
}

export type { Sampler, Tried } from './sampler';
