import assert from 'node:assert/strict';
import fs from 'node:fs';
import Module from 'node:module';
import path from 'node:path';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import type { Model } from '../../src/core/types';
import { Rng } from '../../src/math/rng';
import { cnn } from '../../src/models/cnn';
import { mlp } from '../../src/models/mlp';
import { exportStudent } from '../../src/onnx/export';
import { decodeModel } from '../../src/onnx/proto';
import { loadOnnx } from '../../src/onnx/session';
import { useEngine } from '../support/engine';
import { temporaryFolder } from '../support/kdlab';
import { assertClose } from '../support/numbers';

before(useEngine);

const folder = temporaryFolder('onnx');
const rng = Rng.root(1);
const models: [name: string, make: () => Model][] = [
  ['mlp', () => mlp({ id: 'small', input: 784, classes: 10, hidden: [64, 32], dropout: 0.5, rng })],
  ['mlp of tanh', () => mlp({ id: 'policy', input: 4, classes: 2, hidden: [8], activation: 'tanh', rng })],
  ['cnn', () => cnn({ id: 'images', input: [28, 28, 1], classes: 10, dropout: 0.5, rng })],
  ['cnn of odd images', () => cnn({ id: 'odd', input: [9, 7, 3], classes: 4, filters: [5, 6], rng })],
];

for (const [name, make] of models)
  test(`${name}: the exported student answers as the student does, whatever the batch`, async () => {
    const model = make();
    const file = path.join(folder, `${model.id}.onnx`);
    exportStudent(model, file);
    const session = await loadOnnx(file);
    assert.deepEqual([...session.inputShape], [...model.inputShape]);
    const width = model.inputShape.reduce((a, b) => a * b, 1);
    for (const n of [1, 3, 128]) {
      const x = rng.split(`x${n}`).normal(n * width);
      const expected = tf.tidy(() =>
        model.forward({ x: tf.tensor(x, [n, ...model.inputShape]), size: n }, { training: false }).logits.dataSync(),
      );
      assertClose(await session.run(x, n), expected, 1e-5);
    }
    const { p50, p95 } = await session.latency({ warmup: 5, repeats: 20 });
    assert.ok(p50 > 0 && p95 >= p50);
    await session.release();
  });

test('the file says what it holds, in the terms of the standard', () => {
  const model = mlp({ id: 'described', input: 3, classes: 2, hidden: [4], rng });
  const file = path.join(folder, 'described.onnx');
  exportStudent(model, file);
  const { graph, opsetImport, irVersion, metadataProps } = decodeModel(fs.readFileSync(file));
  assert.equal(irVersion, 9);
  assert.deepEqual(opsetImport, [{ version: 18 }]);
  assert.deepEqual(Object.fromEntries(metadataProps.map(({ key, value }) => [key, value])), {
    model: 'described',
    inputShape: '[3]',
    classes: '2',
  });
  const [input, output] = [graph.input[0]!, graph.output[0]!];
  assert.deepEqual(input, {
    name: 'x',
    type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: 'batch' }, { dimValue: 3 }] } } },
  });
  assert.deepEqual(output.type.tensorType.shape.dim, [{ dimParam: 'batch' }, { dimValue: 2 }]);
  const kernel = graph.initializer.find((tensor) => tensor.name === 'dense1/kernel')!;
  assert.deepEqual([...kernel.dims], [3, 4]);
  assert.deepEqual(
    new Float32Array(Uint8Array.from(kernel.rawData).buffer),
    Float32Array.from(model.params['dense1/kernel']!.dataSync()),
  );
});

test('a file that is no model is refused by name', async () => {
  const file = path.join(folder, 'no-model.onnx');
  fs.writeFileSync(file, 'this is not a model');
  await assert.rejects(loadOnnx(file), (error: Error) => error.name === 'KdlabError' && error.message.includes(file));
  await assert.rejects(loadOnnx(path.join(folder, 'absent.onnx')), /absent\.onnx/);
});

test('without the runtime there is a remedy', async () => {
  const loader = Module as unknown as { _load(request: string, ...rest: unknown[]): unknown };
  const load = loader._load;
  loader._load = (request, ...rest) => {
    if (request === 'onnxruntime-node') throw new Error("Cannot find module 'onnxruntime-node'");
    return load.call(Module, request, ...rest);
  };
  try {
    await assert.rejects(loadOnnx(path.join(folder, 'small.onnx')), /Cannot find module.*\nInstall it: npm i/);
  } finally {
    loader._load = load;
  }
});
