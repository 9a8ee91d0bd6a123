import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import type { FeaturePlace } from '../../../privacy/feature';
import { quantised } from '../../../privacy/feature';
import dpPca from '../../../privacy/features/dp-pca';
import scattering from '../../../privacy/features/scattering';
import { gaussian, morlet } from '../../../privacy/scattering/wavelets';
import type { ImageDataset, ImageShape } from '../../../src/data/dataset';
import { Rng } from '../../../src/math/rng';
import { useEngine } from '../../support/engine';

before(useEngine);

const rng = Rng.root(1);

function datasetOf(inputShape: ImageShape, image: (id: number) => ArrayLike<number>, count: number): ImageDataset {
  const images = Array.from({ length: count }, (_, id) => Array.from(image(id))).flat();
  const part = { images: Uint8Array.from(images), labels: new Uint8Array(count), count };
  return { name: 'test', digest: 'test', source: 'test', inputShape, classes: 2, train: part, test: part };
}

function placeOf(dataset: ImageDataset): FeaturePlace {
  return {
    dataset,
    indices: Int32Array.from({ length: dataset.train.count }, (_, i) => i),
    normal: (count) => rng.split('noise').normal(count),
    released: (make) => make(),
    rng: rng.split('features'),
  };
}

const numbers = ({ train: { images, range } }: ImageDataset) =>
  Float64Array.from(images, (byte) => range![0] + ((range![1] - range![0]) * byte) / 255);

test('numbers become bytes within half a step, those outside the ends', () => {
  assert.deepEqual([...quantised([-1, 0, 1, 5, -7], [-1, 1])], [0, 128, 255, 255, 0]);
});

test('wavelets have sum zero, smoothing windows sum one', () => {
  for (const scale of [0, 1])
    for (let angle = 0; angle < 8; angle++) {
      const { real, imaginary } = morlet({ scale, angle: (Math.PI * angle) / 8, radius: 7 });
      for (const part of [real, imaginary]) assert.ok(Math.abs(part.reduce((a, b) => a + b, 0)) < 1e-5);
    }
  assert.ok(Math.abs(gaussian(1.6, 5).reduce((a, b) => a + b, 0) - 1) < 1e-6);
});

/** Stripes of a period of 8/3 pixels, the finest wavelets' own, across an angle. */
const stripes = (angle: number, shift = 0) =>
  Float64Array.from({ length: 16 * 16 }, (_, i) => {
    const along = ((i % 16) + shift) * Math.cos(angle) + Math.floor(i / 16) * Math.sin(angle);
    return Math.round(127.5 * (1 + Math.cos(0.75 * Math.PI * along)));
  });

test('scattering tells the angle of stripes and little of where they lie, and costs nothing', () => {
  const angles = [0, 2, 4];
  const dataset = datasetOf([16, 16, 1], (id) => stripes((Math.PI * (angles[id] ?? 0)) / 8, id === 3 ? 1 : 0), 4);
  const live = tf.memory().numTensors;
  const made = scattering.build(scattering.options.parse({ groups: 1 }), placeOf(dataset));
  assert.equal(tf.memory().numTensors, live);
  assert.deepEqual(made.charges, []);
  assert.deepEqual(made.dataset.inputShape, [4, 4, 81]);
  const values = numbers(made.dataset);
  // At a place in the middle: among the first eight moduli the stripes' own angle is the largest.
  const at = (id: number) => values.subarray((id * 16 + 5) * 81, (id * 16 + 6) * 81);
  angles.forEach((angle, id) => {
    const moduli = [...at(id).subarray(1, 9)];
    assert.equal(moduli.indexOf(Math.max(...moduli)), angle);
  });
  const distance = (a: Float64Array, b: Float64Array) =>
    Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0));
  assert.ok(distance(at(0), at(3)) < 0.2 * distance(at(0), at(1)));
  assert.throws(() => scattering.build({ groups: 5 }, placeOf(dataset)), /5 groups do not divide 81/);
  assert.throws(
    () => scattering.build({ groups: 27 }, placeOf(datasetOf([1, 9, 1], () => new Uint8Array(9), 2))),
    /at least 8×8/,
  );
});

test('private components are those of the data where noise is little, charged once, and noise moves them', () => {
  // Images in a plane of R⁹: all other directions have no second moment.
  const directions = [rng.split('a').uniform(9), rng.split('b').uniform(9)];
  const image = (id: number) => {
    const [a, b] = rng.split('image', id).uniform(2);
    return Float64Array.from({ length: 9 }, (_, i) =>
      Math.round(120 * (a! * directions[0]![i]! + b! * directions[1]![i]!)),
    );
  };
  const dataset = datasetOf([3, 3, 1], image, 60);
  const exact = dpPca.build({ components: 3, noiseMultiplier: 1e-4 }, placeOf(dataset));
  assert.deepEqual(exact.charges, [{ noiseMultiplier: 1e-4, sampleRate: 1, steps: 1 }]);
  assert.deepEqual(exact.dataset.inputShape, [1, 3, 1]);
  const energy = (made: ImageDataset, k: number) => {
    const own = numbers(made).filter((_, i) => i % 3 === k);
    return own.reduce((sum, value) => sum + value * value, 0) / own.length;
  };
  // Images have length 1 and lie in a plane: two components hold all of it.
  assert.ok(Math.abs(energy(exact.dataset, 0) + energy(exact.dataset, 1) - 1) < 0.01);
  assert.ok(energy(exact.dataset, 0) > energy(exact.dataset, 1) && energy(exact.dataset, 2) < 1e-4);
  const noisy = dpPca.build({ components: 3, noiseMultiplier: 100 }, placeOf(dataset)).dataset;
  assert.ok(energy(noisy, 0) + energy(noisy, 1) < 0.9);
  const kept: Float32Array[] = [];
  dpPca.build(
    { components: 3, noiseMultiplier: 1 },
    {
      ...placeOf(dataset),
      released: (make) => {
        kept.push(make());
        return kept[0]!;
      },
    },
  );
  assert.equal(kept.length, 1);
  assert.equal(kept[0]!.length, 81);
  assert.throws(
    () => dpPca.build({ components: 10, noiseMultiplier: 1 }, placeOf(dataset)),
    /10 components of 9 pixels/,
  );
});
