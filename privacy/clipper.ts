import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { KdlabError } from '../src/core/errors';
import { parameter, restoreVariables, saveVariables } from '../src/core/params';
import { section } from '../src/core/section';
import type { State } from '../src/core/state';
import type { Params } from '../src/core/types';
import { clip, clipLayers, layerOf, normalise, type Squares, squaresOf, total } from './clipping';
import type { PerExample } from './per-example/gradients';

/**
 * flat: one norm for the whole gradient. per-layer: each of L layers to C/√L. automatic: gradients normalised to C. adaptive:
 * C follows a quantile of the norms, whose noisy count is charged (Andrew et al. 2021, arXiv:1905.03871).
 */
export const clippingSchema = z.union([
  z.enum(['flat', 'per-layer', 'automatic']),
  section({
    adaptive: section({
      quantile: z.number().min(0).max(1).default(0.5).describe('share of gradients left as they are'),
      rate: z.number().positive().default(0.2).describe('of the geometric update of C'),
      countNoise: z
        .number()
        .positive()
        .optional()
        .describe('σ_b of the count; default: a twentieth of the expected lot'),
    }),
  }),
]);

export interface ClipperOptions {
  readonly noiseMultiplier: number;
  readonly clipNorm: number;
  readonly clipping: z.output<typeof clippingSchema>;
}

/** What bounds an example's share, and how much noise hides it. */
export interface Clipper {
  /** Throws KdlabError where noise is too little for what is counted. */
  check(lot: number): void;
  /** Factors [n] by parameter, and [n] of ones where a gradient was within the bound. */
  factors(
    gradients: Readonly<Record<string, PerExample>>,
    params: Params,
  ): { readonly factors: Squares; readonly unclipped: tf.Tensor1D };
  /** Standard deviation of the noise on the sum; undefined where there is none. */
  deviation(): number | tf.Scalar | undefined;
  /**
   * After each step: C moves by the number of unclipped gradients. `centred` is Σ(bᵢ − ½) over the lot, bᵢ being 1 where one
   * is unclipped: an example changes it by ½.
   */
  adapt(centred: tf.Scalar, lot: number, noise: (shape: readonly number[]) => tf.Tensor): void;
  metrics(): Readonly<Record<string, tf.Scalar>>;
  save(): State;
  load(state: State): void;
}

const still = {
  check: () => undefined,
  adapt: () => undefined,
  metrics: () => ({}),
  save: () => ({}),
  load: () => undefined,
};

export function clipperOf({ noiseMultiplier, clipNorm, clipping }: ClipperOptions): Clipper {
  if (typeof clipping === 'object') return adaptive({ noiseMultiplier, clipNorm, ...clipping.adaptive });
  const deviation = () => (noiseMultiplier === 0 ? undefined : noiseMultiplier * clipNorm);
  const within = (squares: tf.Tensor1D) => tf.cast(tf.lessEqual<tf.Tensor1D>(squares, clipNorm ** 2), 'float32');
  return {
    ...still,
    deviation,
    factors: (gradients, params) => {
      const squares = squaresOf(gradients);
      const all = total(squares);
      const unclipped = within(all);
      if (clipping === 'per-layer') {
        const layers = new Set(Object.keys(params).map(layerOf)).size;
        return { factors: clipLayers(squares, clipNorm, layers), unclipped };
      }
      const factor = clipping === 'automatic' ? normalise(all, clipNorm) : clip(all, clipNorm);
      return { factors: Object.fromEntries(Object.keys(squares).map((name) => [name, factor])), unclipped };
    },
  };
}

/**
 * C as a variable that follows a quantile. The count of unclipped gradients is released with noise σ_b; with the gradient's
 * noise raised to z = (σ⁻² − (2σ_b)⁻²)^(−½) both together cost what σ alone would (Andrew et al. 2021, theorem 1).
 */
function adaptive(of: {
  noiseMultiplier: number;
  clipNorm: number;
  quantile: number;
  rate: number;
  countNoise?: number | undefined;
}): Clipper {
  const { noiseMultiplier, clipNorm, quantile, rate } = of;
  const bound = parameter('dp-sgd/clipNorm', [], Float32Array.of(clipNorm)) as tf.Tensor as tf.Scalar;
  const variable = bound as tf.Tensor as tf.Variable;
  let countNoise = of.countNoise ?? 0;
  return {
    check: (lot) => {
      countNoise = of.countNoise ?? lot / 20;
      if (noiseMultiplier > 0 && 2 * countNoise <= noiseMultiplier)
        throw new KdlabError(
          `dp-sgd: with countNoise ${countNoise} the count alone costs more than noiseMultiplier ${noiseMultiplier} allows; ` +
            `raise it above ${noiseMultiplier / 2}, or the lot`,
        );
    },
    factors: (gradients) => {
      const squares = squaresOf(gradients);
      const all = total(squares);
      const factor = clip(all, bound);
      return {
        factors: Object.fromEntries(Object.keys(squares).map((name) => [name, factor])),
        unclipped: tf.cast(tf.lessEqual<tf.Tensor1D>(all, tf.square(bound)), 'float32'),
      };
    },
    deviation: () => {
      if (noiseMultiplier === 0) return undefined;
      return tf.mul<tf.Scalar>(bound, 1 / Math.sqrt(noiseMultiplier ** -2 - (2 * countNoise) ** -2));
    },
    adapt: (centred, lot, noise) => {
      const ξ = noiseMultiplier === 0 ? tf.scalar(0) : tf.mul(noise([]), countNoise);
      const share = tf.add(tf.div(tf.add(centred, ξ), lot), 0.5);
      variable.assign(tf.mul(bound, tf.exp(tf.mul(-rate, tf.sub(share, quantile)))));
    },
    metrics: () => ({ clipNorm: tf.clone(bound) }),
    save: () => saveVariables({ clipNorm: variable }),
    load: (state) => restoreVariables({ clipNorm: variable }, state),
  };
}
