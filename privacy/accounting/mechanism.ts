import { z } from 'zod';
import { KdlabError } from '../../src/core/errors';
import type { SampledGaussian } from './rdp';

/** A Gaussian mechanism on Poisson samples, released `steps` times; neighbours differ by one example more or less. */
export interface Mechanism extends SampledGaussian {
  readonly kind?: 'gaussian';
  readonly steps: number;
}

/** Laplace noise on a query of L1 sensitivity 1 on Poisson samples; neighbours differ by one example more or less. */
export interface LaplaceMechanism {
  readonly kind: 'laplace';
  /** Scale of the noise over the sensitivity. */
  readonly noiseMultiplier: number;
  readonly sampleRate: number;
  readonly steps: number;
}

/** An answer given truly with probability `truth`, else as one of the others at random; neighbours differ in the answer. */
export interface RandomizedResponse {
  readonly kind: 'randomized-response';
  readonly truth: number;
  readonly categories: number;
  readonly steps: number;
}

/**
 * Gaussian noise on samples of a fixed size, drawn without replacement; neighbours differ by one example replaced, which
 * moves a sum of clipped gradients by twice the clipping norm. The noise multiplier stays in units of that norm.
 */
export interface FixedSizeGaussian {
  readonly kind: 'gaussian-without-replacement';
  readonly noiseMultiplier: number;
  /** Examples in a sample over examples. */
  readonly sampleRate: number;
  readonly steps: number;
}

/** Anything that can be accounted for. */
export type Release = Mechanism | LaplaceMechanism | RandomizedResponse | FixedSizeGaussian;

const steps = z.number();
const noise = { noiseMultiplier: z.number(), sampleRate: z.number(), steps };

/** The form of a mechanism in JSON; without `kind` it is a Gaussian one. Ranges are checked by `assertRelease`. */
export const release: z.ZodType<Release> = z.union([
  z.strictObject({ kind: z.literal('gaussian').exactOptional(), ...noise }),
  z.strictObject({ kind: z.literal('laplace'), ...noise, sampleRate: z.number().default(1) }),
  z.strictObject({ kind: z.literal('gaussian-without-replacement'), ...noise }),
  z.strictObject({
    kind: z.literal('randomized-response'),
    truth: z.number(),
    categories: z.number().default(2),
    steps,
  }),
]);

/** Throws KdlabError where a number of a Gaussian mechanism is outside of its range. */
export function assertMechanism({ noiseMultiplier, sampleRate, steps }: Omit<Mechanism, 'kind'>): void {
  if (!(noiseMultiplier >= 0) || !Number.isFinite(noiseMultiplier))
    throw new KdlabError(`noise multiplier ${noiseMultiplier}: expected a finite number, at least 0`);
  if (!(sampleRate > 0 && sampleRate <= 1))
    throw new KdlabError(
      `sample rate ${sampleRate}: expected a number above 0 and at most 1, the expected lot over the number of examples`,
    );
  assertSteps(steps);
}

/** Throws KdlabError where a number of a mechanism is outside of its range. */
export function assertRelease(mechanism: Release): void {
  if (mechanism.kind !== 'randomized-response') {
    assertMechanism(mechanism);
    return;
  }
  const { truth, categories } = mechanism;
  if (!Number.isSafeInteger(categories) || categories < 2)
    throw new KdlabError(`categories ${categories}: expected a whole number, at least 2`);
  if (!(truth >= 1 / categories && truth <= 1))
    throw new KdlabError(`truth ${truth}: expected a probability, at least 1/${categories}`);
  assertSteps(mechanism.steps);
}

function assertSteps(steps: number): void {
  if (!Number.isSafeInteger(steps) || steps < 0)
    throw new KdlabError(`steps ${steps}: expected a whole number, at least 0`);
}

/** Whether a mechanism hides nothing: no ε holds for it. */
export function isOpen(mechanism: Release): boolean {
  return mechanism.kind === 'randomized-response' ? mechanism.truth === 1 : mechanism.noiseMultiplier === 0;
}
