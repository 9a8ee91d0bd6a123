import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { FOLDERS } from '../../src/config/training';
import type { OptimizerDefinition } from '../../src/core/optimizer';
import { parameter } from '../../src/core/params';
import { namesIn, resolveNamed } from '../../src/core/resolve';
import { useEngine } from '../support/engine';
import { assertClose } from '../support/numbers';

before(useEngine);

const scalars = (rates: Readonly<Record<string, number>>): Record<string, tf.Scalar> =>
  Object.fromEntries(Object.entries(rates).map(([name, rate]) => [name, tf.scalar(rate)]));

/** Parameter values after each of `grads`, beginning at 1. */
function run(name: string, options: object, grads: number[], learningRate = 0.1): number[] {
  const definition = resolveNamed<OptimizerDefinition>('optimizer', [FOLDERS.optimizers], name);
  const rule = definition.build(definition.options.parse(options));
  const params = { w: parameter('w', [1], Float32Array.of(1)) };
  const state = rule.init(params);
  return grads.map((g, i) => {
    tf.tidy(() =>
      rule.apply(params, state, { w: tf.tensor1d([g]) }, scalars(rule.rates({ step: i + 1, learningRate }))),
    );
    return params.w.dataSync()[0]!;
  });
}

test('sgd: plain, with momentum, with Nesterov, with weight decay', () => {
  assertClose(run('sgd', {}, [1, 2]), [0.9, 0.7]);
  assertClose(run('sgd', { momentum: 0.5 }, [1, 1]), [0.9, 0.75]);
  assertClose(run('sgd', { momentum: 0.5, nesterov: true }, [1, 1]), [0.85, 0.675]);
  assertClose(run('sgd', { weightDecay: 0.5 }, [0]), [0.95]);
});

test('adam: the first step has the size of the learning rate, the second is as computed by hand', () => {
  const [first, second] = run('adam', {}, [4, 1]);
  assertClose([first!], [0.9], 1e-6);
  const m = (0.9 * 0.1 * 4 + 0.1) / (1 - 0.81);
  const v = (0.999 * 0.001 * 16 + 0.001) / (1 - 0.999 ** 2);
  assertClose([second!], [0.9 - (0.1 * m) / (Math.sqrt(v) + 1e-8)], 1e-6);
});

test('adamw: decay is decoupled from the gradient', () => {
  assertClose(run('adamw', { weightDecay: 0.5 }, [0]), [1 - 0.1 * 0.5]);
  assertClose(run('adamw', { weightDecay: 0.5 }, [4]), [1 - 0.1 * 0.5 - 0.1], 1e-6);
});

test('rmsprop: by hand, with and without momentum', () => {
  const s1 = 0.1 * 4;
  const s2 = 0.9 * s1 + 0.1;
  const steps = [0.1 * (2 / Math.sqrt(s1)), 0.1 * (1 / Math.sqrt(s2))];
  assertClose(run('rmsprop', {}, [2, 1]), [1 - steps[0]!, 1 - steps[0]! - steps[1]!], 1e-5);
  assertClose(run('rmsprop', { momentum: 0.5 }, [2, 1]), [1 - steps[0]!, 1 - 1.5 * steps[0]! - steps[1]!], 1e-5);
});

for (const name of namesIn([FOLDERS.optimizers]))
  test(`${name} minimises a quadratic and leaks no tensor`, () => {
    const definition = resolveNamed<OptimizerDefinition>('optimizer', [FOLDERS.optimizers], name);
    const rule = definition.build(definition.options.parse({}));
    const params = { w: parameter('w', [2], Float32Array.of(3, -2)) };
    const state = rule.init(params);
    let tensors = 0;
    for (let step = 1; step <= 200; step++) {
      tf.tidy(() =>
        rule.apply(
          params,
          state,
          { w: tf.mul(params.w, 2) },
          scalars(rule.rates({ step, learningRate: 0.1 * (1 - step / 200) })),
        ),
      );
      if (step === 5) tensors = tf.memory().numTensors;
    }
    assert.equal(tf.memory().numTensors, tensors);
    assert.ok(Math.max(...params.w.dataSync().map(Math.abs)) < 0.05, `ended at ${params.w.dataSync()}`);
  });
