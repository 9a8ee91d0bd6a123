import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { selectEngine } from '../../src/engine/engine';
import { Rng } from '../../src/math/rng';
import { assertClose } from '../support/numbers';

before(() => selectEngine('tfjs'));

/** The same computation on the pure-JavaScript backend, the reference. */
async function onCpu(f: () => tf.Tensor): Promise<Float32Array> {
  await tf.setBackend('cpu');
  const values = Float32Array.from(f().dataSync());
  await tf.setBackend('wasm');
  return values;
}

const size = fc.integer({ min: 1, max: 5 });

test('products with transposed sides equal the reference, batched or not', async () => {
  await fc.assert(
    fc.asyncProperty(
      size,
      size,
      size,
      fc.boolean(),
      fc.boolean(),
      fc.integer({ min: 0, max: 3 }),
      async (m, k, n, ta, tb, batch) => {
        const shape = (rows: number, columns: number, swap: boolean) => [
          ...(batch > 0 ? [batch] : []),
          ...(swap ? [columns, rows] : [rows, columns]),
        ];
        const fill = (label: string, dims: number[]) =>
          tf.tensor(
            Rng.root(1)
              .split(label)
              .normal(dims.reduce((a, b) => a * b, 1)),
            dims,
          );
        const product = () => tf.matMul(fill('a', shape(m, k, ta)), fill('b', shape(k, n, tb)), ta, tb);
        assertClose(product().dataSync(), await onCpu(product), 1e-5);
      },
    ),
    { numRuns: 40 },
  );
});

test('the gradient of a convolution’s filter equals the reference for strides, paddings and channels', async () => {
  await fc.assert(
    fc.asyncProperty(
      size,
      size,
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 2 }),
      fc.constantFrom('same' as const, 'valid' as const),
      async (channels, filters, kernel, stride, pad) => {
        const values = (label: string, dims: number[]) =>
          tf.tensor(
            Rng.root(2)
              .split(label)
              .normal(dims.reduce((a, b) => a * b, 1)),
            dims,
          );
        const gradient = () => {
          const x = values('x', [2, 7, 6, channels]) as tf.Tensor4D;
          const f = (w: tf.Tensor) => tf.sum<tf.Scalar>(tf.square(tf.conv2d(x, w as tf.Tensor4D, stride, pad)));
          return tf.grad(f)(values('w', [kernel, kernel, channels, filters]));
        };
        const reference = await onCpu(gradient);
        const scale = Math.max(1, ...reference.map(Math.abs));
        assertClose(
          gradient()
            .dataSync()
            .map((g) => g / scale),
          reference.map((g) => g / scale),
          1e-5,
        );
      },
    ),
    { numRuns: 25 },
  );
});

test('the gradient of gather adds up repeated rows', async () => {
  const gradient = () =>
    tf.grad((x: tf.Tensor) => tf.sum<tf.Scalar>(tf.square(tf.gather(x, tf.tensor1d([2, 0, 2], 'int32')))))(
      tf.tensor2d([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
    );
  assertClose(gradient().dataSync(), [2, 4, 0, 0, 20, 24]);
  assertClose(gradient().dataSync(), await onCpu(gradient));
});
