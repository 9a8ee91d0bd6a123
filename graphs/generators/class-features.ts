import type { Rng } from '../../src/math/rng';
import { DenseFeatures, type Features, FeatureWriter } from '../features';

export interface ClassFeatureOptions {
  /** [nodes]. */
  readonly labels: Int32Array;
  readonly classes: number;
  /** Numbers of a node. */
  readonly columns: number;
  /** Length of a class's mean, in standard deviations of the noise: 0 tells nothing of the class. */
  readonly separation: number;
  /** Where to write them instead of holding them in memory. */
  readonly file?: string | undefined;
}

/** Rows drawn at a time. */
const CHUNK = 4096;

/**
 * separation · μ_c + N(0, I) for a node of class c, with μ_c a random direction for each class (the features of the
 * contextual stochastic block model, Deshpande et al., NeurIPS 2018). The same numbers in memory and in a file. Throws
 * KdlabError where the file cannot be written.
 */
export function classFeatures(options: ClassFeatureOptions, rng: Rng): Features {
  const { labels, columns, file } = options;
  const means = classMeans(options, rng.split('means'));
  const rows = labels.length;
  const chunk = (first: number, count: number): Float32Array => {
    const values = rng.split('noise', first / CHUNK).normal(count * columns);
    for (let row = 0; row < count; row++) {
      const mean = labels[first + row]! * columns;
      for (let column = 0; column < columns; column++) values[row * columns + column]! += means[mean + column]!;
    }
    return values;
  };
  if (file === undefined) {
    const values = new Float32Array(rows * columns);
    for (let first = 0; first < rows; first += CHUNK)
      values.set(chunk(first, Math.min(CHUNK, rows - first)), first * columns);
    return new DenseFeatures(rows, columns, values);
  }
  const writer = new FeatureWriter(file, columns);
  for (let first = 0; first < rows; first += CHUNK) writer.append(chunk(first, Math.min(CHUNK, rows - first)));
  return writer.close();
}

function classMeans({ classes, columns, separation }: ClassFeatureOptions, rng: Rng): Float32Array {
  const means = rng.normal(classes * columns);
  for (let label = 0; label < classes; label++) {
    const mean = means.subarray(label * columns, (label + 1) * columns);
    const length = Math.hypot(...mean);
    for (let i = 0; i < columns; i++) mean[i]! *= separation / length;
  }
  return means;
}
