import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import type { Draws } from '../../src/core/draws';
import { KdlabError } from '../../src/core/errors';
import { estimator } from '../../src/core/estimator';
import { section } from '../../src/core/section';
import type { Estimate, GradientEstimator, Grads, Lesson, Params, Terms } from '../../src/core/types';
import { globalNorm } from '../../src/estimators/mean';
import { type Clipper, clipperOf, clippingSchema } from '../clipper';
import { partOf, partsOf } from '../lesson-parts';
import { noise } from '../noise';
import { ghostGradients } from '../per-example/ghost';
import { loopGradients } from '../per-example/loop';
import { verifyNorms } from '../per-example/verify';
import { expectedLot, refuseCoupled } from '../refusals';

export const dpSgdOptions = section({
  noiseMultiplier: z.number().min(0).describe('σ: the noise has standard deviation σ·C; 0 gives no guarantee'),
  clipNorm: z.number().positive().default(1).describe('C: no example’s gradient counts for more'),
  clipping: clippingSchema.default('flat'),
  norms: z
    .enum(['ghost', 'loop'])
    .default('ghost')
    .describe('ghost: norms from activations, one pass for all; loop: one pass an example, for any model'),
  physicalBatch: z.number().int().positive().optional().describe('examples at once, where a lot does not fit memory'),
  research: z.boolean().default(false).describe('noise from the run’s seed, which can be repeated: not for a release'),
  noiseDraws: z
    .number()
    .int()
    .min(1)
    .default(1)
    .describe('normals added up for each value of noise; 4 hides its last bits'),
  diagnostics: z
    .boolean()
    .default(false)
    .describe('log loss and clipped share of private batches, which ε does not cover'),
});

export type DpSgdOptions = z.output<typeof dpSgdOptions>;

/**
 * DP-SGD (Abadi et al. 2016, arXiv:1607.00133, algorithm 1): (Σᵢ factorᵢ·gᵢ + σC·ξ)/L over a Poisson sample of expected size
 * L, the divisor whatever was sampled. One draw of noise a step, also for an empty sample or one taken in parts.
 *
 * Metrics: `gradientNorm`, of the noised gradient. `check` throws KdlabError for objectives and models that couple
 * examples, and sources that do not sample by Poisson; it must precede `estimate`.
 */
export function dpSgd(given: z.input<typeof dpSgdOptions>): GradientEstimator {
  const options = dpSgdOptions.parse(given);
  const { norms, physicalBatch, research, noiseDraws, diagnostics } = options;
  const clipper = clipperOf(options);
  let lot: number | undefined;
  return {
    name: 'dp-sgd',
    check: ({ objective, source, model }) => {
      refuseCoupled({ objective, model });
      lot = expectedLot(source);
      clipper.check(lot);
      if (norms === 'ghost') verifyNorms(model, source);
    },
    estimate: (terms, lesson, params, draws) => {
      if (lot === undefined) throw new Error('dp-sgd: check() has to be called before the first step');
      const parts = partsOf(lesson, physicalBatch ?? lesson.batch.size).map((part) =>
        clippedSums({ terms, part, params, clipper, norms }),
      );
      const sums = parts.reduce((a, b) => added(a, b));
      const from = { source: research ? 'seeded' : 'secret', sum: noiseDraws } as const;
      const grads = noised(sums.grads, { clipper, from, lot, draws });
      const centred = tf.sub<tf.Scalar>(sums.unclipped, tf.mul(sums.count, 0.5));
      clipper.adapt(centred, lot, (shape) => noise(draws.split('count'), shape, from));
      const metrics: Estimate['metrics'] = { gradientNorm: globalNorm(grads), ...clipper.metrics() };
      if (!diagnostics) return { grads, metrics };
      const count = tf.maximum<tf.Scalar>(sums.count, 1);
      const clipped = tf.sub<tf.Scalar>(1, tf.div(sums.unclipped, count));
      return { grads, metrics: { loss: tf.div(sums.loss, count), clipped, ...metrics } };
    },
    save: () => clipper.save(),
    load: (state) => clipper.load(state),
  };
}

interface Sums {
  /** Σ factorᵢ·gᵢ */
  readonly grads: Grads;
  readonly loss: tf.Scalar;
  /** Examples whose gradient was short enough. */
  readonly unclipped: tf.Scalar;
  readonly count: tf.Scalar;
}

function clippedSums(of: {
  terms: (lesson: Lesson) => Terms;
  part: Lesson;
  params: Params;
  clipper: Clipper;
  norms: DpSgdOptions['norms'];
}): Sums {
  const { terms, part, params, clipper, norms } = of;
  const n = part.batch.size;
  const lossOf = (lesson: Lesson) => sumOf(terms(lesson), lesson);
  const { value: loss, gradients } =
    norms === 'ghost'
      ? ghostGradients(() => lossOf(part), params, n)
      : loopGradients((i) => lossOf(partOf(part, i, 1)), params, n);
  const mask = part.batch.mask ?? tf.ones<tf.Rank.R1>([n]);
  const { factors, unclipped } = clipper.factors(gradients, params);
  const grads = Object.fromEntries(
    Object.entries(params).map(([name, variable]) => {
      const own = gradients[name];
      return [name, own === undefined ? tf.zerosLike(variable) : own.sum(factors[name]!)];
    }),
  );
  return { grads, loss, unclipped: tf.sum(tf.mul(mask, unclipped)), count: tf.sum(mask) };
}

function added(a: Sums, b: Sums): Sums {
  const names = Object.keys(a.grads);
  return {
    grads: Object.fromEntries(names.map((name) => [name, tf.add(a.grads[name]!, b.grads[name]!)])),
    loss: tf.add(a.loss, b.loss),
    unclipped: tf.add(a.unclipped, b.unclipped),
    count: tf.add(a.count, b.count),
  };
}

function noised(
  sums: Grads,
  of: { clipper: Clipper; from: Parameters<typeof noise>[2]; lot: number; draws: Draws },
): Grads {
  const { clipper, from, lot, draws } = of;
  const deviation = clipper.deviation();
  return Object.fromEntries(
    Object.entries(sums).map(([name, sum]) => {
      if (deviation === undefined) return [name, tf.div(sum, lot)];
      const ξ = noise(draws.split('gradient').split(name), sum.shape, from);
      return [name, tf.div(tf.add(sum, tf.mul(ξ, deviation)), lot)];
    }),
  );
}

/** The sum of all terms of the examples that count. Throws KdlabError where a term is no number an example. */
function sumOf(terms: Terms, { batch: { mask, size } }: Lesson): tf.Scalar {
  const all = Object.entries(terms).map(([name, term]) => {
    if (term.rank !== 1 || term.shape[0] !== size)
      throw new KdlabError(`term "${name}" has shape [${term.shape}], expected one number per example: [${size}]`);
    return term;
  });
  const sum = all.reduce((a, b) => tf.add(a, b));
  return tf.sum(mask === undefined ? sum : tf.mul(sum, mask));
}

export default estimator({
  description: 'DP-SGD: gradients clipped example by example, summed and noised; needs a Poisson source',
  options: dpSgdOptions,
  build: dpSgd,
});
