import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import type { Executor } from '../../src/engine/executor';
import { loadNative } from '../../src/engine/executors/native';
import { loadWasm } from '../../src/engine/executors/wasm';
import { Memory } from '../../src/engine/memory';
import { evaluate } from '../../src/engine/program/evaluate';
import { Program } from '../../src/engine/program/program';
import { trace } from '../../src/engine/trace';
import { neighborMax, neighborMean, segmentMax, segmentMean, segmentSum, spread } from '../../src/sparse/aggregate';
import { edgeScores, segmentSoftmax } from '../../src/sparse/attention';
import { Csr } from '../../src/sparse/csr';
import { SparseMatrix } from '../../src/sparse/matrix';
import { sddmm, spmm, spmmHeads } from '../../src/sparse/product';
import { useEngine } from '../support/engine';
import { assertClose } from '../support/numbers';
import { matrices, normal } from './dense';

/** Every executor that loads here, with its memory; with two threads, so that rows are divided. */
const machines: { executor: Executor; memory: Memory }[] = [];

before(async () => {
  await useEngine();
  for (const loaded of [loadNative(2), loadWasm(2)])
    if ('executor' in loaded) machines.push({ executor: loaded.executor, memory: new Memory(loaded.executor) });
  assert.ok(machines.length > 0, 'no executor loads');
});

type Body = (inputs: Record<string, tf.Tensor>) => tf.Tensor;

/** Value and all gradients of a function as named results. */
function results(body: Body, inputs: Record<string, tf.Tensor>): Record<string, tf.Tensor> {
  const names = Object.keys(inputs);
  const named = (list: readonly tf.Tensor[]) => Object.fromEntries(names.map((name, i) => [name, list[i]!]));
  const value = body(inputs);
  const dy = normal('dy', value.shape);
  const gradients = tf.grads((...list: tf.Tensor[]) => tf.sum<tf.Scalar>(tf.mul(body(named(list)), dy)))(
    names.map((name) => inputs[name]!),
  );
  return { value, ...Object.fromEntries(names.map((name, i) => [`d${name}`, gradients[i]!])) };
}

/** Asserts that the program and the reference evaluator give what tfjs gives, on every executor. */
function assertProgram(body: Body, inputs: Record<string, tf.Tensor>): void {
  const eager = tf.tidy(() =>
    Object.fromEntries(
      Object.entries(results(body, inputs)).map(([name, tensor]) => [name, Float32Array.from(tensor.dataSync())]),
    ),
  );
  const graph = trace((scope) =>
    results(
      body,
      Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, scope.placeholder(name, shape)])),
    ),
  );
  const values = Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => [name, tensor.dataSync() as Float32Array]),
  );
  const { outputs } = evaluate(graph, { inputs: values });
  for (const name in eager) assertClose(outputs[name]!, eager[name]!, 2e-5);
  for (const machine of machines) {
    const program = Program.make(graph, {
      ...machine,
      slots: { address: () => assert.fail('no variables here'), refresh: () => undefined },
    });
    // Twice: what the first run leaves in the buffers must not matter.
    for (let run = 0; run < 2; run++) {
      const got = program.run(values);
      for (const name in eager) assertClose(got[name]!, eager[name]!, 2e-5);
    }
    program.dispose();
  }
}

/** What is tested, with the inputs it takes. */
const BODIES: Record<
  string,
  [inputs: string[], body: (matrix: SparseMatrix, of: Record<string, tf.Tensor>) => tf.Tensor]
> = {
  spmm: [['x'], (matrix, { x }) => spmm(matrix, x as tf.Tensor2D)],
  'spmm with values': [['x', 'e'], (matrix, { x, e }) => spmm(matrix, x as tf.Tensor2D, e as tf.Tensor1D)],
  spmmHeads: [['eh', 'xh'], (matrix, { eh, xh }) => spmmHeads(matrix, eh as tf.Tensor2D, xh as tf.Tensor3D)],
  sddmm: [['rh', 'xh'], (matrix, { rh, xh }) => sddmm(matrix, rh as tf.Tensor3D, xh as tf.Tensor3D)],
  edgeScores: [['r', 'x'], (matrix, { r, x }) => edgeScores(matrix, r as tf.Tensor2D, x as tf.Tensor2D)],
  segmentSum: [['eh'], (matrix, { eh }) => segmentSum(matrix, eh as tf.Tensor2D)],
  segmentMean: [['eh'], (matrix, { eh }) => segmentMean(matrix, eh as tf.Tensor2D)],
  segmentMax: [['eh'], (matrix, { eh }) => segmentMax(matrix, eh as tf.Tensor2D)],
  segmentSoftmax: [['eh'], (matrix, { eh }) => segmentSoftmax(matrix, eh as tf.Tensor2D)],
  spread: [['r'], (matrix, { r }) => spread(matrix, r as tf.Tensor2D)],
  neighborMean: [['x'], (matrix, { x }) => neighborMean(matrix, x as tf.Tensor2D)],
  neighborMax: [['x'], (matrix, { x }) => neighborMax(matrix, x as tf.Tensor2D)],
};

for (const [name, [names, body]] of Object.entries(BODIES))
  test(`${name}: programs and the evaluator give what tfjs gives, with the gradients`, () => {
    fc.assert(
      fc.property(matrices, fc.integer({ min: 1, max: 70 }), fc.boolean(), (csr, width, turned) => {
        const made = SparseMatrix.of(csr);
        const matrix = turned ? made.transposed : made;
        const { rows, columns, entries } = matrix;
        const shapes: Record<string, number[]> = {
          x: [columns, width],
          r: [rows, width],
          e: [entries],
          eh: [entries, 3],
          xh: [columns, 3, width],
          rh: [rows, 3, width],
        };
        const inputs = Object.fromEntries(names.map((input) => [input, normal(input, shapes[input]!)]));
        assertProgram((of) => body(matrix, of), inputs);
        tf.dispose(inputs);
        made.dispose();
      }),
      { numRuns: 12 },
    );
  });

test('a large matrix of uneven rows: programs give what tfjs gives', () => {
  const [rows, columns] = [301, 211];
  // Row r has about 3000 / (r + 1) entries: some have none, the first has a third of all.
  const rowIndices = Array.from({ length: rows }, (_, row) =>
    new Array<number>(Math.max(0, Math.floor(3000 / (row + 1) - 10))).fill(row),
  ).flat();
  const matrix = SparseMatrix.of(
    Csr.fromEntries({
      rows,
      columns,
      rowIndices,
      columnIndices: rowIndices.map((row, i) => (row * 31 + i * 17) % columns),
      values: rowIndices.map((_, i) => Math.sin(i)),
    }),
  );
  const inputs = { x: normal('x', [columns, 16]), scores: normal('scores', [matrix.entries, 8]) };
  assertProgram(({ x, scores }) => {
    const weights = segmentSoftmax(matrix, scores as tf.Tensor2D);
    const heads = spmmHeads(matrix, weights, tf.reshape(x!, [columns, 8, 2]));
    return tf.add(spmm(matrix, tf.mul(0.05, x!) as tf.Tensor2D), tf.reshape(heads, [rows, 16]));
  }, inputs);
  matrix.dispose();
});
