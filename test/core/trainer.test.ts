import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { buildObjective, objectives } from '../../src/config/objectives';
import { FOLDERS } from '../../src/config/training';
import { disposeParams, saveVariables } from '../../src/core/params';
import type { Schedule } from '../../src/core/schedule';
import { decodeState, encodeState } from '../../src/core/snapshot';
import type { State } from '../../src/core/state';
import { type Stage, train } from '../../src/core/trainer';
import type { Metrics } from '../../src/core/types';
import { meanEstimator } from '../../src/estimators/mean';
import { Rng } from '../../src/math/rng';
import { mlp } from '../../src/models/mlp';
import adam from '../../src/optimizers/adam';
import { minibatch } from '../../src/sources/minibatch';
import { networkTeacher } from '../../src/teachers/network';
import { useEngine } from '../support/engine';

before(useEngine);

/** 60 images of 3 × 3 pixels; the class is the brightest of the first three. */
function examples(): { images: Uint8Array; labels: Uint8Array; count: number } {
  const count = 60;
  const images = Uint8Array.from(Rng.root(5).uniform(count * 9, 0, 255));
  const labels = Uint8Array.from({ length: count }, (_, i) => {
    const pixels = [...images.subarray(i * 9, i * 9 + 3)];
    return pixels.indexOf(Math.max(...pixels));
  });
  return { images, labels, count };
}

const network = (id: string, seed: number, dropout = 0.2) =>
  mlp({ id, input: 9, hidden: [16], classes: 3, dropout, rng: Rng.root(seed) });

/** A student with dropout, distilled from an untrained teacher on jittered images, by Adam with a schedule. */
function makeStage({
  steps = 50,
  objective = 'kd',
  learningRate = { cosine: { from: 0.02, to: 0.001, start: 0, end: 1 } } as Schedule,
  stop,
}: {
  steps?: number;
  objective?: string;
  learningRate?: Schedule;
  stop?: number;
} = {}) {
  const student = network('student', 1);
  const teacher = network('teacher', 2, 0);
  const stage: Stage = {
    name: 'student',
    title: '',
    learners: [
      {
        name: 'student',
        student,
        objective: buildObjective(objectives([FOLDERS.objectives]).parse([objective]), [FOLDERS.objectives]),
        estimator: meanEstimator({ clipNorm: 1 }),
        optimizer: { name: 'adam', ...adam.build(adam.options.parse({})) },
        learningRate,
      },
    ],
    teachers: objective === 'kd' ? [networkTeacher(teacher)] : [],
    source: minibatch({ examples: examples(), inputShape: [3, 3, 1], batchSize: 8, flatten: true, jitter: 1 }),
    steps,
    ...(stop === undefined
      ? {}
      : { evaluation: { every: 1, measure: () => ({ seen: 1 }), stop: () => ++evaluations >= stop } }),
  };
  let evaluations = 0;
  const dispose = () => {
    disposeParams(student.params);
    disposeParams(teacher.params);
  };
  return { stage, student, dispose };
}

interface Told {
  readonly metrics: [number, Metrics][];
  readonly weights: Record<string, Float32Array>;
  readonly step: number;
  readonly finished: boolean;
  readonly saved: State;
}

/** Trains, until `until` steps or to the end, and tells everything there is to compare. */
async function tell({
  resume,
  until = Infinity,
  seed = 3,
  steps = 50,
}: {
  resume?: State;
  until?: number;
  seed?: number;
  steps?: number;
} = {}): Promise<Told> {
  const { stage, student, dispose } = makeStage({ steps });
  const metrics: [number, Metrics][] = [];
  let done = 0;
  let saved: State = {};
  const ended = await train(stage, {
    rng: Rng.root(seed),
    ...(resume === undefined ? {} : { resume }),
    logEvery: 1,
    onMetrics: (step, values) => metrics.push([step, values]),
    onStep: (step) => {
      done = step;
    },
    checkpoint: (_, state) => {
      saved = state();
    },
    interrupted: () => done >= until,
  });
  const weights = saveVariables(student.params);
  dispose();
  return { ...ended, metrics, weights, saved };
}

test('the same seed gives the same bits, another seed others', async () => {
  const [one, two, other] = [await tell(), await tell(), await tell({ seed: 4 })];
  assert.deepEqual(one.metrics, two.metrics);
  assert.deepEqual(one.weights, two.weights);
  assert.notDeepEqual(one.weights, other.weights);
  assert.equal(one.metrics.length, 50);
});

test('interrupted at any step and resumed from its encoded state, training ends with the same bits', async () => {
  const whole = await tell();
  for (const until of [1, 8, 13, 49]) {
    const first = await tell({ until });
    assert.deepEqual([first.step, first.finished], [until, false]);
    const second = await tell({ resume: decodeState(encodeState(first.saved)) });
    assert.deepEqual([second.step, second.finished], [50, true]);
    assert.deepEqual(second.weights, whole.weights);
    assert.deepEqual([...first.metrics, ...second.metrics], whole.metrics);
  }
});

test('a finished state is not trained further', async () => {
  const whole = await tell({ steps: 5 });
  const again = await tell({ steps: 5, resume: whole.saved });
  assert.deepEqual([again.step, again.finished, again.metrics], [5, true, []]);
  assert.deepEqual(again.weights, whole.weights);
});

test('no tensor is left over: as many live after 50 steps as after 5, and none but the models’ at the end', async () => {
  const before = tf.memory().numTensors;
  const { stage, dispose } = makeStage();
  const built = tf.memory().numTensors;
  const live: number[] = [];
  await train(stage, {
    rng: Rng.root(0),
    logEvery: 7,
    onMetrics: () => undefined,
    onStep: () => live.push(tf.memory().numTensors),
    checkpoint: (_, state) => void state(),
    interrupted: () => false,
  });
  assert.equal(live[49], live[4]);
  assert.equal(tf.memory().numTensors, built);
  dispose();
  assert.equal(tf.memory().numTensors, before);
});

test('training ends early where the evaluation says so', async () => {
  const { stage, dispose } = makeStage({ stop: 4 });
  const ended = await train(stage, {
    rng: Rng.root(0),
    logEvery: 100,
    onMetrics: () => undefined,
    checkpoint: () => undefined,
    interrupted: () => false,
  });
  assert.deepEqual(ended, { step: 4, finished: true });
  dispose();
});

test('a tiny task is learnt: the loss falls below a quarter of that of guessing', async () => {
  const { stage, dispose } = makeStage({ steps: 400, objective: 'cross-entropy' });
  const still: Stage = {
    ...stage,
    source: minibatch({ examples: examples(), inputShape: [3, 3, 1], batchSize: 20, flatten: true }),
  };
  const losses: number[] = [];
  await train(still, {
    rng: Rng.root(0),
    logEvery: 1,
    onMetrics: (_, { loss }) => losses.push(loss!),
    checkpoint: () => undefined,
    interrupted: () => false,
  });
  const last = losses.slice(-20).reduce((a, b) => a + b) / 20;
  assert.ok(losses[0]! > 0.8 && last < Math.log(3) / 4, `from ${losses[0]} to ${last}`);
  dispose();
});

test('a loss that is no longer finite ends training, saying where and what to try', async () => {
  const { stage, dispose } = makeStage({ learningRate: 1e30 });
  const seen: number[] = [];
  await assert.rejects(
    train(stage, {
      rng: Rng.root(0),
      logEvery: 1,
      onMetrics: (_, { loss }) => seen.push(loss!),
      checkpoint: () => assert.ok(seen.every(Number.isFinite), 'a diverged state was offered to the checkpoint'),
      interrupted: () => false,
    }),
    /stage "student": the loss is (NaN|Infinity) at step \d+.*learning rate.*clipNorm/,
  );
  assert.ok(!Number.isFinite(seen.at(-1)!), 'the last metrics show it');
  dispose();
});

test('several updates a batch are those of as many steps on it, and count for schedules and rates', async () => {
  const parametersAfter = async (steps: number, updatesPerBatch: number, learningRate: Schedule) => {
    const data = examples();
    const student = network('student', 1, 0);
    const learner = {
      name: 'student',
      student,
      objective: buildObjective(objectives([FOLDERS.objectives]).parse(['cross-entropy']), [FOLDERS.objectives]),
      estimator: meanEstimator({}),
      optimizer: { name: 'adam', ...adam.build(adam.options.parse({})) },
      learningRate,
      updatesPerBatch,
    };
    // Every batch holds all examples: only their order differs.
    const source = minibatch({ examples: data, inputShape: [3, 3, 1], batchSize: 60, flatten: true });
    const stage: Stage = { name: 'student', title: '', learners: [learner], teachers: [], source, steps };
    await train(stage, {
      rng: Rng.root(3),
      logEvery: 10,
      onMetrics: () => {},
      checkpoint: () => {},
      interrupted: () => false,
    });
    const values = Object.values(saveVariables(student.params)).flatMap((each) => [...(each as Float32Array)]);
    disposeParams(student.params);
    return values;
  };
  for (const learningRate of [0.01, '0.01 / (1 + step)'] as Schedule[]) {
    const [once, often] = [await parametersAfter(6, 1, learningRate), await parametersAfter(2, 3, learningRate)];
    const apart = Math.max(...once.map((value, i) => Math.abs(value - often[i]!)));
    assert.ok(apart < 1e-4, `${apart}`);
  }
});
