import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { KdlabError } from '../../src/core/errors';
import { section } from '../../src/core/section';
import { contentDigest, type Examples, type ImageDataset } from '../../src/data/dataset';
import type { Rng } from '../../src/math/rng';
import { orthogonal } from '../../src/models/parts/initializers';
import { feature, quantised } from '../feature';

const ROWS = 2000;
const ITERATIONS = 40;

/**
 * Differentially private principal components (Dwork et al. 2014; Abadi et al. 2016, section 4): images of length 1, the sum
 * of x·xᵀ over the private ones, which one image changes by a matrix of norm 1, under symmetric Gaussian noise of deviation σ;
 * its first eigenvectors. One release of the Gaussian mechanism on all private examples. Coordinates of images of length 1 are
 * kept in 256 steps from −1 to 1.
 */
export default feature({
  description: 'DP-PCA: the first principal components of the private images under noise, charged as one release',
  options: section({
    components: z.number().int().positive().default(60),
    noiseMultiplier: z.number().positive().default(16).describe('σ of the noise on the second moments'),
  }),
  build: ({ components, noiseMultiplier }, { dataset, indices, normal, released, rng }) => {
    const width = dataset.inputShape.reduce((product, length) => product * length, 1);
    if (components > width)
      throw new KdlabError(`dp-pca: ${components} components of ${width} pixels; expected at most ${width}`);
    const moments = released(() => {
      const noise = normal((width * (width + 1)) / 2);
      const sum = secondMoments(dataset.train, indices, width);
      let at = 0;
      for (let row = 0; row < width; row++)
        for (let column = row; column < width; column++) {
          const value = sum[row * width + column]! + noiseMultiplier * noise[at++]!;
          sum[row * width + column] = value;
          sum[column * width + row] = value;
        }
      return Float32Array.from(sum);
    });
    const basis = leading(moments, { width, count: components, rng });
    const inputShape = [1, components, 1] as const;
    const project = (examples: Examples): Examples => ({
      images: projected(examples, { basis, width, count: components }),
      labels: examples.labels,
      count: examples.count,
      range: [-1, 1],
    });
    const content = {
      inputShape,
      classes: dataset.classes,
      train: project(dataset.train),
      test: project(dataset.test),
    };
    const made: ImageDataset = {
      name: dataset.name,
      digest: contentDigest(content),
      source: dataset.source,
      ...content,
    };
    return { dataset: made, charges: [{ noiseMultiplier, sampleRate: 1, steps: 1 }] };
  },
});

/** Images `from` … of the given numbers as rows of length 1; black ones stay zero. */
function unitRows({ images }: Examples, ids: ArrayLike<number>, width: number): tf.Tensor2D {
  const rows = new Float32Array(ids.length * width);
  for (let i = 0; i < ids.length; i++) {
    const image = images.subarray(ids[i]! * width, (ids[i]! + 1) * width);
    const length = Math.sqrt(image.reduce((sum, value) => sum + value * value, 0));
    if (length > 0) for (let k = 0; k < width; k++) rows[i * width + k] = image[k]! / length;
  }
  return tf.tensor2d(rows, [ids.length, width]);
}

function secondMoments(examples: Examples, indices: Int32Array, width: number): Float64Array {
  const sum = new Float64Array(width * width);
  for (let from = 0; from < indices.length; from += ROWS) {
    const part = tf.tidy(() => {
      const rows = unitRows(examples, indices.subarray(from, from + ROWS), width);
      return tf.matMul(rows, rows, true).dataSync();
    });
    for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + part[i]!;
  }
  return sum;
}

/** The first eigenvectors [width, count] of a symmetric matrix, by subspace iteration. */
function leading(
  matrix: Float32Array,
  { width, count, rng }: { width: number; count: number; rng: Rng },
): Float32Array {
  let basis = orthogonal(rng, 'start', [width, count], 1);
  const square = tf.tensor2d(matrix, [width, width]);
  for (let i = 0; i < ITERATIONS; i++) {
    const mapped = tf.tidy(() => tf.matMul(square, tf.tensor2d(basis, [width, count])).dataSync<'float32'>());
    basis = orthonormal(mapped, width, count);
  }
  square.dispose();
  return basis;
}

/** Gram–Schmidt on columns, twice, in float64. */
function orthonormal(columns: ArrayLike<number>, width: number, count: number): Float32Array {
  const done: Float64Array[] = [];
  for (let k = 0; k < count; k++) {
    const vector = Float64Array.from({ length: width }, (_, row) => columns[row * count + k]!);
    for (let pass = 0; pass < 2; pass++)
      for (const other of done) {
        const overlap = vector.reduce((sum, value, i) => sum + value * other[i]!, 0);
        for (let i = 0; i < width; i++) vector[i] = vector[i]! - overlap * other[i]!;
      }
    const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    done.push(vector.map((value) => value / length));
  }
  return Float32Array.from({ length: width * count }, (_, i) => done[i % count]![Math.floor(i / count)]!);
}

function projected(
  examples: Examples,
  { basis, width, count }: { basis: Float32Array; width: number; count: number },
): Uint8Array {
  const out = new Uint8Array(examples.count * count);
  for (let from = 0; from < examples.count; from += ROWS) {
    const ids = Int32Array.from({ length: Math.min(ROWS, examples.count - from) }, (_, i) => from + i);
    const coordinates = tf.tidy(() =>
      tf.matMul(unitRows(examples, ids, width), tf.tensor2d(basis, [width, count])).dataSync(),
    );
    out.set(quantised(coordinates, [-1, 1]), from * count);
  }
  return out;
}
