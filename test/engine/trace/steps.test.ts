import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { disposeParams, saveVariables } from '../../../src/core/params';
import { eagerStep, type Learner, type Trained, update, type When } from '../../../src/core/step';
import type { Batch, Objective, Teacher } from '../../../src/core/types';
import { selectEngine } from '../../../src/engine/engine';
import { evaluate } from '../../../src/engine/program/evaluate';
import type { Graph } from '../../../src/engine/program/ir';
import { optimize } from '../../../src/engine/program/optimize';
import { givenOf, HostValues, tracedLesson, type Values } from '../../../src/engine/step-inputs';
import { trace } from '../../../src/engine/trace';
import { meanEstimator } from '../../../src/estimators/mean';
import { Rng } from '../../../src/math/rng';
import { cnn } from '../../../src/models/cnn';
import { mlp } from '../../../src/models/mlp';
import crossEntropy from '../../../src/objectives/cross-entropy';
import kd from '../../../src/objectives/kd';
import adam from '../../../src/optimizers/adam';
import adamw from '../../../src/optimizers/adamw';
import rmsprop from '../../../src/optimizers/rmsprop';
import sgd from '../../../src/optimizers/sgd';
import { networkTeacher } from '../../../src/teachers/network';

before(() => selectEngine('cpu'));

const STEPS = 4;
const rng = Rng.root(11);

function batchOf(shape: readonly number[], step: number): Batch {
  const size = shape[0]!;
  const key = rng.split('batch', step);
  return {
    x: tf.tensor(key.split('x').normal(tf.util.sizeFromShape([...shape])), [...shape]),
    y: tf.tensor1d(key.split('y').categorical(size, [1, 1, 1]), 'int32'),
    mask: tf.tensor1d(
      Float32Array.from({ length: size }, (_, i) => (i === step ? 0 : 1)),
      'float32',
    ),
    size,
  };
}

const when = (step: number): When => ({
  at: { step, epoch: 0, progress: step / STEPS },
  rng: rng.split('step', step),
});

/**
 * Steps by tfjs' own dispatch, then the same ones from the same start by the meaning of one trace of them, made at the
 * first: each step's batch, key and schedule are its own.
 */
function compare(learner: Learner, teachers: readonly Teacher[], shape: readonly number[]): void {
  const params = { ...learner.student.params };
  const trained: Trained = { learner, params, state: learner.optimizer.init(params) };
  const variables = { ...params, ...trained.state };
  const start = saveVariables(variables);
  const live = tf.memory().numTensors;
  const first = batchOf(shape, 0);
  const host = new HostValues(trained);
  const graph = trace((scope) =>
    update(trained, tracedLesson(scope, givenOf(first, new Map()), teachers), host.traced(scope, when(0))),
  );
  tf.dispose(first as unknown as tf.TensorContainer);
  assert.equal(tf.memory().numTensors, live);
  assert.deepEqual(saveVariables(variables), start);

  const eager = eagerStep(trained, teachers);
  const held = Object.fromEntries(
    Object.entries({ traced: graph, optimized: optimize(graph) }).map(([form, each]) => [
      form,
      { graph: each as Graph<tf.Variable>, values: each.variables.map((variable) => [...variable.dataSync()]) },
    ]),
  );
  for (let step = 0; step < STEPS; step++) {
    const batch = batchOf(shape, step);
    const metrics = eager(batch, when(step), true);
    const inputs: Record<string, Values> = host.at(when(step));
    for (const [name, { values }] of Object.entries(givenOf(batch, new Map()))) inputs[name] = values;
    for (const [form, each] of Object.entries(held)) {
      const { outputs, updates } = evaluate(each.graph, { inputs, variables: each.values });
      for (const [name, expected] of Object.entries(metrics))
        assertNear([...outputs[name]!], [expected], `${name} of step ${step}, ${form}`);
      for (const [variable, values] of updates) each.values[variable] = [...Float32Array.from(values)];
      assert.equal(updates.size, Object.keys(variables).length);
      each.graph.variables.forEach((variable, i) => {
        assertNear(each.values[i]!, [...variable.dataSync()], `${variable.name} after step ${step}, ${form}`);
      });
    }
    tf.dispose(batch as unknown as tf.TensorContainer);
  }
  disposeParams(variables);
}

function assertNear(found: readonly number[], expected: readonly number[], what: string): void {
  assert.equal(found.length, expected.length, what);
  for (const [i, value] of found.entries())
    assert.ok(Math.abs(value - expected[i]!) <= 1e-5, `${what}: element ${i} is ${value}, expected ${expected[i]}`);
}

test('a perceptron with dropout distilled by Adam, its temperature and rate on schedules', () => {
  const student = mlp({ id: 'student', input: 6, hidden: [8, 8], classes: 3, dropout: 0.3, rng: rng.split('student') });
  const teacher = mlp({ id: 'teacher', input: 6, hidden: [16], classes: 3, rng: rng.split('teacher') });
  const temperature = { linear: { from: 4, to: 1, start: 0, end: 1 } } as const;
  compare(
    {
      name: 'student',
      student,
      objective: { name: 'kd', ...kd.build(kd.options.parse({ temperature, alpha: 0.7 })) } as Objective,
      estimator: meanEstimator({ clipNorm: 0.5 }),
      optimizer: { name: 'adam', ...adam.build(adam.options.parse({})) },
      learningRate: { cosine: { from: 0.02, to: 0.001, start: 0, end: 1 } },
    },
    [networkTeacher(teacher)],
    [7, 6],
  );
  disposeParams(teacher.params);
});

for (const optimizer of [
  { name: 'sgd', ...sgd.build(sgd.options.parse({ momentum: 0.9, nesterov: true, weightDecay: 0.01 })) },
  { name: 'rmsprop', ...rmsprop.build(rmsprop.options.parse({ momentum: 0.5 })) },
  { name: 'adamw', ...adamw.build(adamw.options.parse({})) },
])
  test(`a convolutional network on labels by ${optimizer.name}`, () => {
    const student = cnn({
      id: 'student',
      input: [8, 6, 1],
      classes: 3,
      filters: [3, 4],
      hidden: 5,
      rng: rng.split('student'),
    });
    compare(
      {
        name: 'student',
        student,
        objective: { name: 'cross-entropy', ...crossEntropy.build(crossEntropy.options.parse({})) },
        estimator: meanEstimator(),
        optimizer,
        learningRate: 0.01,
      },
      [],
      [5, 8, 6, 1],
    );
  });
