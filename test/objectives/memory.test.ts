import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { buildObjective, objectives } from '../../src/config/objectives';
import { FOLDERS } from '../../src/config/training';
import { saveVariables } from '../../src/core/params';
import { decodeState, encodeState } from '../../src/core/snapshot';
import type { State } from '../../src/core/state';
import { train } from '../../src/core/trainer';
import { meanEstimator } from '../../src/estimators/mean';
import { Rng } from '../../src/math/rng';
import { mlp } from '../../src/models/mlp';
import adam from '../../src/optimizers/adam';
import { minibatch } from '../../src/sources/minibatch';
import { networkTeacher } from '../../src/teachers/network';
import { useEngine } from '../support/engine';

before(useEngine);

/** Trains by CRD, whose memory of earlier batches is the objective's own; its weights and memory at the end. */
async function train20({ until = 20, resume }: { until?: number; resume?: State } = {}) {
  const network = (id: string, seed: number) => mlp({ id, input: 9, hidden: [6], classes: 3, rng: Rng.root(seed) });
  const [student, teacher] = [network('student', 1), networkTeacher(network('teacher', 2))];
  const count = 24;
  const examples = {
    images: Uint8Array.from(Rng.root(5).uniform(count * 9, 0, 255)),
    labels: Uint8Array.from({ length: count }, (_, i) => i % 3),
    count,
  };
  const entries = objectives([FOLDERS.objectives]).parse([
    { crd: { student: 'hidden1', teacher: 'hidden1', width: 4, memory: 12 } },
    'cross-entropy',
  ]);
  const batch = { x: tf.zeros([2, 9]), size: 2 };
  const place = { student, teachers: [teacher], batch, rng: Rng.root(3) };
  const objective = buildObjective(entries, [FOLDERS.objectives], place);
  let [done, saved] = [0, {} as State];
  const optimizer = { name: 'adam', ...adam.build(adam.options.parse({})) };
  await train(
    {
      name: 'student',
      title: '',
      learners: [{ name: 'student', student, objective, estimator: meanEstimator(), optimizer, learningRate: 0.01 }],
      teachers: [teacher],
      source: minibatch({ examples, inputShape: [3, 3, 1], batchSize: 8, flatten: true }),
      steps: 20,
    },
    {
      rng: Rng.root(7),
      ...(resume === undefined ? {} : { resume }),
      logEvery: 5,
      onMetrics: () => undefined,
      onStep: (step) => {
        done = step;
      },
      checkpoint: (_, state) => {
        saved = state();
      },
      interrupted: () => done >= until,
    },
  );
  return { saved, weights: saveVariables(student.params), memory: saveVariables(objective.state!) };
}

test('a memory is filled while training, and a resumed training ends with the same bits', async () => {
  const whole = await train20();
  assert.deepEqual(Object.keys(whole.memory), ['0.crd/student', '0.crd/teacher']);
  const half = await train20({ until: 9 });
  assert.notDeepEqual(half.memory, whole.memory);
  const resumed = await train20({ resume: decodeState(encodeState(half.saved)) });
  assert.deepEqual(resumed.weights, whole.weights);
  assert.deepEqual(resumed.memory, whole.memory);
});
