import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { restoreVariables } from '../../src/core/params';
import { decodeState } from '../../src/core/snapshot';
import { Rng } from '../../src/math/rng';
import { mlp } from '../../src/models/mlp';
import { loadOnnx } from '../../src/onnx/session';
import { useEngine } from '../support/engine';
import { kdlab, onlyRun, temporaryFolder } from '../support/kdlab';
import { assertClose } from '../support/numbers';

before(useEngine);
const folder = temporaryFolder('onnx-run');
after(() => fs.rmSync(folder, { recursive: true }));

test('a run leaves its student as ONNX, which says what the saved weights say', { timeout: 120_000 }, async () => {
  const ran = await kdlab(['run', 'policy-cartpole/tiny', '--runs-dir', folder]);
  assert.equal(ran.code, 0, ran.stderr);
  const artifact = (name: string) => path.join(onlyRun(folder), 'artifacts', name);
  const student = mlp({ id: 's', input: 4, hidden: [4], activation: 'tanh', classes: 2, rng: Rng.root(0) });
  restoreVariables(student.params, decodeState(fs.readFileSync(artifact('student.safetensors'))));
  const session = await loadOnnx(artifact('student.onnx'));
  try {
    for (const rows of [1, 5]) {
      const x = Rng.root(rows).normal(rows * 4);
      const expected = student.forward({ x: tf.tensor(x, [rows, 4]), size: rows }, { training: false }).logits;
      assertClose(await session.run(x, rows), expected.dataSync(), 1e-5);
    }
  } finally {
    await session.release();
  }
});
