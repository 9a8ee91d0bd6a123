import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { epsilonOf } from '../../../privacy/accounting/accountant';
import { bestAudit } from '../../../privacy/audit/one-run';
import { dpSgd } from '../../../privacy/estimators/dp-sgd';
import { Draws } from '../../../src/core/draws';
import { KdlabError } from '../../../src/core/errors';
import { momentAt } from '../../../src/core/moment';
import type { Lesson, Sampling, Source } from '../../../src/core/types';
import { Rng } from '../../../src/math/rng';
import { mlp } from '../../../src/models/mlp';
import mseLogits from '../../../src/objectives/mse-logits';
import { useEngine } from '../../support/engine';

before(useEngine);

const CANARIES = 800;
const SIGMA = 1.2;
const DELTA = 1e-5;
const KERNEL = 'dense1/kernel';
const CLAIM = epsilonOf([{ noiseMultiplier: SIGMA, sampleRate: 1, steps: 1 }], DELTA, { accountant: 'pld' }).epsilon!;

const objective = { name: 'mse-logits', ...mseLogits.build(mseLogits.options.parse({})) };

/** Each canary has a coordinate of the kernel to itself, and a gradient far longer than the clipping norm. */
function lessonOf(included: readonly boolean[]): Lesson {
  const ids = included.flatMap((each, i) => (each ? [i] : []));
  const x = tf.mul(10, tf.oneHot(tf.tensor1d(ids, 'int32'), CANARIES)) as tf.Tensor2D;
  return { batch: { x, size: ids.length }, teachers: [{ logits: tf.fill([ids.length, 1], -5), taps: {} }] };
}

interface Fault {
  /** What clips and adds noise, to be compared with σ = SIGMA and C = 1. */
  readonly noiseMultiplier?: number;
  readonly clipNorm?: number;
  /** Times that noise is added in one step. */
  readonly parts?: number;
}

/** The noised gradient of one step of a linear model, in units of the clipping norm that is claimed. */
function release(included: readonly boolean[], seed: number, fault: Fault): Float32Array {
  return tf.tidy(() => {
    const model = mlp({ id: 'linear', input: CANARIES, classes: 1, hidden: [], rng: Rng.root(0) });
    for (const variable of Object.values(model.params)) variable.assign(tf.zerosLike(variable));
    const { noiseMultiplier = SIGMA, clipNorm = 1, parts = 1 } = fault;
    const sampling: Sampling = { kind: 'full', population: CANARIES };
    const source = { sampling, inputShape: [CANARIES], augmented: false } as unknown as Source;
    let sum = tf.zeros([CANARIES, 1]);
    for (let part = 0; part < parts; part++) {
      const estimator = dpSgd({ noiseMultiplier, clipNorm, research: true });
      estimator.check({ objective, source, model });
      const own = included.map((each, i) => each && i % parts === part);
      const { grads } = estimator.estimate(
        (lesson) =>
          objective.loss(
            model.forward(lesson.batch, { training: true }),
            lesson,
            momentAt({ step: 0, epoch: 0, progress: 0 }),
          ),
        lessonOf(own),
        model.params,
        new Draws(Rng.root(seed).split('part', part)),
      );
      sum = tf.add(sum, tf.mul(grads[KERNEL]!, CANARIES));
    }
    return sum.dataSync() as Float32Array;
  });
}

/** What checks of one step find: ε refuted by the audit, and the noise where no canary is, over what it is meant to be. */
function findings(fault: Fault, seed = 1): { epsilon: number; deviation: number } {
  const included = Array.from(Rng.root(seed).split('coins').uniform(CANARIES), (u) => u < 0.5);
  const gradient = Array.from(release(included, seed, fault));
  const silent = gradient.filter((_, i) => !included[i]);
  const deviation = Math.sqrt(silent.reduce((sum, g) => sum + g * g, 0) / silent.length) / SIGMA;
  return { epsilon: bestAudit(gradient, included, { delta: DELTA }).epsilon, deviation };
}

/** Of 400 normals: five deviations either way. */
const MEANT = (deviation: number) => Math.abs(deviation - 1) < 5 / Math.sqrt(2 * 400);

describe('DP-SGD under audit', () => {
  test('as it is leaks something, and never more than is claimed', () => {
    for (const seed of [1, 2, 3]) {
      const { epsilon, deviation } = findings({}, seed);
      assert.ok(epsilon > 0.2, `a lower bound that says something: ${epsilon}`);
      assert.ok(epsilon < CLAIM, `${epsilon} against ${CLAIM}`);
      assert.ok(MEANT(deviation), `${deviation}`);
    }
  });

  test('without clipping is refuted', () => {
    const { epsilon, deviation } = findings({ clipNorm: 1e6, noiseMultiplier: SIGMA / 1e6 });
    assert.ok(epsilon > CLAIM, `${epsilon} against ${CLAIM}`);
    assert.ok(MEANT(deviation), 'its noise alone gives nothing away');
  });

  test('with noise off by √2, either way, shows in the noise, and less noise in the audit', () => {
    for (const factor of [Math.SQRT2, Math.SQRT1_2])
      assert.ok(!MEANT(findings({ noiseMultiplier: SIGMA * factor }).deviation), `${factor}`);
    const less = [1, 2, 3].map((seed) => findings({ noiseMultiplier: SIGMA / Math.SQRT2 }, seed).epsilon);
    const right = [1, 2, 3].map((seed) => findings({}, seed).epsilon);
    less.forEach((epsilon, i) => {
      assert.ok(epsilon > right[i]!);
    });
  });

  test('with noise for every part of a lot shows in the noise', () => {
    const { deviation } = findings({ parts: 4 });
    assert.ok(Math.abs(deviation - 2) < 0.4, `√4 times what is meant: ${deviation}`);
  });

  test('on shuffled epochs is refused before a step', () => {
    const estimator = dpSgd({ noiseMultiplier: SIGMA });
    const model = mlp({ id: 'linear', input: 2, classes: 1, hidden: [], rng: Rng.root(0) });
    const sampling: Sampling = { kind: 'shuffle', rate: 0.1, population: CANARIES };
    const source = { sampling, inputShape: [2], augmented: false } as unknown as Source;
    assert.throws(
      () => estimator.check({ objective, source, model }),
      (error) => error instanceof KdlabError && /Poisson/.test(error.message),
    );
  });
});
