import { KdlabError } from '../src/core/errors';
import type { Model, Objective, Source } from '../src/core/types';

/** Throws KdlabError, with the remedy, where clipping single examples' gradients would not bound what an example can do. */
export function refuseCoupled({ objective, model }: { objective: Objective; model: Model }): void {
  if (objective.coupling === 'batch')
    throw new KdlabError(
      `dp-sgd: in the objective "${objective.name}" an example’s loss depends on the others of its batch, so that no clipping ` +
        'bounds what one example does; use an objective of single examples, such as kd, cross-entropy or mse-logits',
    );
  if (model.coupling === 'batch')
    throw new KdlabError(
      `dp-sgd: in model ${model.id} an example’s output depends on the others of its batch, as with batch normalisation; ` +
        'use group or layer normalisation, or a model of single examples',
    );
  const memory = Object.keys(objective.state ?? {});
  if (memory.length > 0)
    throw new KdlabError(
      `dp-sgd: the objective "${objective.name}" keeps ${memory.join(', ')} of earlier batches, which no noise covers; use an ` +
        'objective without a memory, such as kd',
    );
}

/** The expected lot. Throws KdlabError where the source does not sample as the accountant assumes. */
export function expectedLot({ sampling }: Source): number {
  const { kind, population } = sampling;
  const rate = kind === 'full' ? 1 : sampling.rate;
  if ((kind !== 'poisson' && kind !== 'full') || rate === undefined)
    throw new KdlabError(
      `dp-sgd: the source samples by ${kind}, but ε is computed for Poisson sampling: each example independently with rate q. ` +
        'A shuffled epoch accounted as Poisson leaks more than it says (Chua et al. 2024, arXiv:2403.17673). Use the ' +
        'experiment "private", or the source poisson (privacy/sources/poisson.ts).',
    );
  if (population === undefined || !(population >= 1))
    throw new KdlabError(
      `dp-sgd: the source does not say how many units it samples from (population ${population}); without it the expected lot, ` +
        'by which the noised sum is divided, is not known',
    );
  return rate * population;
}
