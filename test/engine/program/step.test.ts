import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { Draws } from '../../../src/core/draws';
import { momentAt } from '../../../src/core/moment';
import { ratesAt, type Trained, update } from '../../../src/core/step';
import type { Batch, Teacher } from '../../../src/core/types';
import { BACKEND, openMachine } from '../../../src/engine/backend';
import { loadNative } from '../../../src/engine/executors/native';
import { loadWasm } from '../../../src/engine/executors/wasm';
import type { Machine } from '../../../src/engine/machine';
import { Memory } from '../../../src/engine/memory';
import { optimize } from '../../../src/engine/program/optimize';
import { Program } from '../../../src/engine/program/program';
import { trace } from '../../../src/engine/trace';
import { meanEstimator } from '../../../src/estimators/mean';
import { Rng } from '../../../src/math/rng';
import { mlp } from '../../../src/models/mlp';
import kd from '../../../src/objectives/kd';
import adam from '../../../src/optimizers/adam';
import { assertClose } from '../../support/numbers';

const SIZE = 32;
const rng = Rng.root(9);
let machine: Machine;

before(async () => {
  const found = [loadNative(2), loadWasm(2)].find((loaded) => 'executor' in loaded);
  assert.ok(found !== undefined && 'executor' in found);
  machine = openMachine(found.executor, new Memory(found.executor));
  await tf.setBackend(BACKEND);
});

/** A student of 8-32-32-5 under `kd` with Adam, and its teacher. */
function learner(id: string): { trained: Trained; teacher: Teacher } {
  const network = (name: string) =>
    mlp({ id: `${id}/${name}`, input: 8, classes: 5, hidden: [32, 32], rng: rng.split(name) });
  const [student, tutor] = [network('student'), network('teacher')];
  const optimizer = { name: 'adam', ...adam.build(adam.options.parse({})) };
  const objective = { name: 'kd', ...kd.build(kd.options.parse({})) };
  const estimator = meanEstimator({ clipNorm: 0.5 });
  const params = student.params;
  return {
    trained: {
      learner: { name: 'l', student, objective, estimator, optimizer, learningRate: 0.01 },
      params,
      state: optimizer.init(params),
    },
    teacher: {
      id: 'teacher',
      inputShape: [8],
      classes: 5,
      taps: tutor.taps,
      signal: (batch) => tutor.forward(batch, { training: false }),
    },
  };
}

function makeStep(
  { trained, teacher }: ReturnType<typeof learner>,
  batch: Batch,
  rates: Record<string, tf.Scalar>,
  at: number,
) {
  return update(
    trained,
    { batch, teachers: [teacher.signal(batch)] },
    { moment: momentAt({ step: at, epoch: 0, progress: 0 }), draws: new Draws(rng.split('step', at)), rates },
  );
}

const progress = (at: number) => ({ step: at, epoch: 0, progress: 0 });

test('a step of distillation is few instructions, and its parameters follow those of eager tfjs', () => {
  const compiled = learner('compiled');
  const eager = learner('eager');
  const names = Object.keys(ratesAt(compiled.trained.learner, progress(0)));
  const graph = trace((scope) => {
    const batch = {
      x: scope.placeholder('x', [SIZE, 8]),
      y: scope.placeholder('y', [SIZE], 'int32') as tf.Tensor1D,
      size: SIZE,
    };
    const rates = Object.fromEntries(names.map((name) => [name, scope.placeholder(name, []) as tf.Scalar]));
    return makeStep(compiled, batch, rates, 0);
  });
  const program = Program.make(optimize(graph), machine);
  const count = (name: string) => program.instructions.filter(([opcode]) => opcode === name).length;
  // Three products forwards in each network, five backwards; six parameters; the norm of six gradients.
  assert.equal(count('gemm'), 11, program.text);
  assert.ok(program.instructions.length <= 80, program.text);
  assert.ok(count('barrier') <= 20, program.text);
  assert.ok(count('map') <= 16, program.text);
  assert.equal(count('copy'), 0, program.text);
  for (let at = 0; at < 50; at++) {
    const x = rng.split('x', at).normal(SIZE * 8);
    const y = Int32Array.from(rng.split('y', at).words(SIZE), (word) => word % 5);
    const rates = ratesAt(compiled.trained.learner, progress(at));
    const inputs = Object.fromEntries(Object.entries(rates).map(([name, rate]) => [name, Float32Array.of(rate)]));
    const found = program.run({ x, y, ...inputs });
    tf.tidy(() => {
      const scalars = Object.fromEntries(Object.entries(rates).map(([name, rate]) => [name, tf.scalar(rate)]));
      const batch = { x: tf.tensor2d(x, [SIZE, 8]), y: tf.tensor1d(y, 'int32'), size: SIZE };
      for (const [name, scalar] of Object.entries(makeStep(eager, batch, scalars, at)))
        assertClose(found[name]!, scalar.dataSync(), 1e-4);
    });
  }
  for (const [name, parameter] of Object.entries(compiled.trained.params))
    assertClose(parameter.dataSync(), eager.trained.params[name]!.dataSync(), 1e-3);
  program.dispose();
});
