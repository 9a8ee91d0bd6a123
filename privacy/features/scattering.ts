import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { KdlabError } from '../../src/core/errors';
import { section } from '../../src/core/section';
import { contentDigest, type Examples, type ImageDataset } from '../../src/data/dataset';
import { feature, quantised } from '../feature';
import { gaussian, morlet } from '../scattering/wavelets';

const ANGLES = 8;
const ROWS = 250;
const RANGE = [-4, 4] as const;

/**
 * Scattering coefficients of two scales and eight angles (Oyallon and Mallat 2015), as Tramèr and Boneh (2021,
 * arXiv:2011.11660) give to private models: low-pass, 16 moduli of Morlet wavelets, 64 of second order, all averaged over 4×4
 * pixels. Images [h,w,1] → [⌈h/4⌉, ⌈w/4⌉, 81]. With `groups`, group normalisation of each image's coefficients. Nothing is
 * learnt from any example, so that nothing is charged. Kept in 256 steps from −4 to 4.
 */
export default feature({
  description: 'ScatterNet: wavelet scattering of two scales and eight angles, from no data, free of charge',
  options: section({
    groups: z.number().int().positive().default(27).describe('of channels, normalised within each image'),
  }),
  build: ({ groups }, { dataset }) => {
    const [height, width, channels] = dataset.inputShape;
    if (channels !== 1 || Math.min(height, width) < 8)
      throw new KdlabError(
        `scattering: found images of shape [${dataset.inputShape}], expected gray ones of at least 8×8`,
      );
    const depth = 1 + 2 * ANGLES + ANGLES * ANGLES;
    if (depth % groups !== 0) throw new KdlabError(`scattering: ${groups} groups do not divide ${depth} coefficients`);
    const inputShape = [Math.ceil(height / 4), Math.ceil(width / 4), depth] as const;
    const size = inputShape[0] * inputShape[1] * depth;
    const filters = makeFilters();
    const transformed = (examples: Examples): Examples => {
      const images = new Uint8Array(examples.count * size);
      for (let from = 0; from < examples.count; from += ROWS) {
        const count = Math.min(ROWS, examples.count - from);
        const values = tf.tidy(() => {
          const bytes = examples.images.subarray(from * height * width, (from + count) * height * width);
          const x = tf.div<tf.Tensor4D>(tf.tensor4d(Float32Array.from(bytes), [count, height, width, 1]), 255);
          return normalised(scatter(x, filters), groups).dataSync();
        });
        images.set(quantised(values, RANGE), from * size);
      }
      return { images, labels: examples.labels, count: examples.count, range: RANGE };
    };
    const content = {
      inputShape,
      classes: dataset.classes,
      train: transformed(dataset.train),
      test: transformed(dataset.test),
    };
    tf.dispose(Object.values(filters));
    const made: ImageDataset = {
      name: dataset.name,
      digest: contentDigest(content),
      source: dataset.source,
      ...content,
    };
    return { dataset: made, charges: [] };
  },
});

interface Filters {
  /** Real and imaginary parts of the wavelets of scale 0, [k,k,1,2·angles]. */
  readonly fine: tf.Tensor4D;
  readonly coarse: tf.Tensor4D;
  /** Wavelets of scale 1 on images of half the size. */
  readonly second: tf.Tensor4D;
  /** Averages that halve and quarter. */
  readonly half: tf.Tensor4D;
  readonly quarter: tf.Tensor4D;
}

function makeFilters(): Filters {
  const bank = (scale: number, radius: number) => {
    const side = 2 * radius + 1;
    const values = new Float32Array(side * side * 2 * ANGLES);
    for (let angle = 0; angle < ANGLES; angle++) {
      const { real, imaginary } = morlet({ scale, angle: (Math.PI * angle) / ANGLES, radius });
      real.forEach((value, i) => {
        values[i * 2 * ANGLES + 2 * angle] = value;
        values[i * 2 * ANGLES + 2 * angle + 1] = imaginary[i]!;
      });
    }
    return tf.tensor4d(values, [side, side, 1, 2 * ANGLES]);
  };
  const low = (deviation: number, radius: number) =>
    tf.tensor4d(gaussian(deviation, radius), [2 * radius + 1, 2 * radius + 1, 1, 1]);
  // A wavelet of scale 1 on an image of half the size is one of scale 0.
  return { fine: bank(0, 4), coarse: bank(1, 7), second: bank(0, 4), half: low(0.8, 2), quarter: low(1.6, 5) };
}

/** [n,h,w,1] → [n,⌈h/4⌉,⌈w/4⌉,81]. */
function scatter(x: tf.Tensor4D, { fine, coarse, second, half, quarter }: Filters): tf.Tensor4D {
  const first = modulus(tf.conv2d(x, fine, 1, 'same'));
  const broad = modulus(tf.conv2d(x, coarse, 1, 'same'));
  // Every channel by itself, as images of one channel.
  const separate = (maps: tf.Tensor4D) => {
    const [n, h, w, c] = maps.shape;
    return tf.reshape(tf.transpose(maps, [0, 3, 1, 2]), [n * c, h, w, 1]) as tf.Tensor4D;
  };
  const together = (maps: tf.Tensor4D, n: number) => {
    const [, h, w, c] = maps.shape;
    const inner = maps.shape[0] / n;
    return tf.reshape(tf.transpose(tf.reshape(maps, [n, inner, h, w, c]), [0, 2, 3, 1, 4]), [
      n,
      h,
      w,
      inner * c,
    ]) as tf.Tensor4D;
  };
  const n = x.shape[0];
  const average = (maps: tf.Tensor4D) => together(tf.conv2d(separate(maps), quarter, 4, 'same'), n);
  const halved = tf.conv2d(separate(first), half, 2, 'same');
  const deep = together(modulus(tf.conv2d(halved, second, 1, 'same')), n);
  // At half the size an average over half the pixels, every second of them, comes to the same places.
  const deepAverage = together(tf.conv2d(separate(deep), half, 2, 'same'), n);
  return tf.concat([average(x), average(first), average(broad), deepAverage], 3);
}

/** Pairs of real and imaginary channels → their moduli. */
function modulus(maps: tf.Tensor4D): tf.Tensor4D {
  const [n, h, w, c] = maps.shape;
  return tf.sqrt(tf.sum(tf.square(tf.reshape(maps, [n, h, w, c / 2, 2])), 4)) as tf.Tensor4D;
}

/** Group normalisation without gain and bias (Wu and He 2018). */
function normalised(x: tf.Tensor4D, groups: number): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const split = tf.reshape(x, [n, h, w, groups, c / groups]);
  const centred = tf.sub(split, tf.mean(split, [1, 2, 4], true));
  const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), [1, 2, 4], true), 1e-5));
  return tf.reshape(tf.mul(centred, scale), [n, h, w, c]);
}
