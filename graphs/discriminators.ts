import * as tf from '@tensorflow/tfjs';
import { parameter } from '../src/core/params';
import type { Batch, Params } from '../src/core/types';
import type { Rng } from '../src/math/rng';
import { unitRows } from '../src/math/similarity';
import { glorotUniform } from '../src/models/parts/initializers';
import { segmentSum } from '../src/sparse/aggregate';
import type { SparseMatrix } from '../src/sparse/matrix';
import { rowMean } from './counted';
import { edgeProducts } from './edge-similarity';

/*
 * Who tells a teacher from a student (He et al. 2022, arXiv:2205.11678, section 4). Scores are logits: positive says
 * teacher. `hold` may keep a discriminator's parameters out of the gradient, as when a student tries to deceive it.
 */

/** Binary cross-entropy of a logit against 1 (`real`) or 0, entry by entry. */
export function verdict<T extends tf.Tensor>(score: T, real: boolean): T {
  const wrong = real ? tf.neg(score) : score;
  return tf.add(tf.relu(wrong), tf.log(tf.add(1, tf.exp(tf.neg(tf.abs(score)))))) as T;
}

/** What a parameter passes through before use. */
export type Hold = <T extends tf.Tensor>(x: T) => T;

/** Scores of rows [n, width] by a learnt diagonal: of pairs that an edge joins, and of each against a summary. */
export function embeddingDiscriminator(name: string, width: number) {
  const local = parameter(`${name}/local`, [width], new Float32Array(width).fill(1));
  const global = parameter(`${name}/global`, [width], new Float32Array(width).fill(1));
  const scales = parameter(`${name}/scales`, [2], new Float32Array(2).fill(0.5));
  const params: Params = { [`${name}/local`]: local, [`${name}/global`]: global, [`${name}/scales`]: scales };
  const scale = (i: number, hold: Hold) => tf.slice(hold(scales as tf.Tensor), [i], [1]);
  return {
    params,
    /** s · ĥ_i diag(d) ĥ_j of every entry, verdicts summed along rows: [rows]. */
    pairs: (matrix: SparseMatrix, h: tf.Tensor2D, real: boolean, hold: Hold): tf.Tensor1D => {
      const rows = unitRows(h);
      const products = edgeProducts(matrix, tf.mul<tf.Tensor2D>(rows, hold(local as tf.Tensor)), rows);
      const score = tf.mul<tf.Tensor1D>(products, scale(0, hold));
      return segmentSum(matrix, verdict(score, real));
    },
    summary: (h: tf.Tensor2D, batch: Batch): tf.Tensor1D => tf.sigmoid(rowMean(h, batch)),
    /** s · ĥ_i diag(d) · summary: [n]. */
    against: (summary: tf.Tensor1D, h: tf.Tensor2D, real: boolean, hold: Hold): tf.Tensor1D => {
      const by = tf.mul<tf.Tensor1D>(summary, hold(global as tf.Tensor));
      const score = tf.sum<tf.Tensor1D>(tf.mul(unitRows(h), by), 1);
      return verdict(tf.mul<tf.Tensor1D>(score, scale(1, hold)), real);
    },
  };
}

/** Who reads logits [n, classes]: relu(z + W z + b) U → the classes and, last, teacher or student: [n, classes + 1]. */
export function logitDiscriminator(name: string, rng: Rng, classes: number) {
  const [inner, outer] = [`${name}/inner`, `${name}/outer`];
  const kernel = parameter(inner, [classes, classes], glorotUniform(rng, inner, [classes, classes]));
  const bias = parameter(`${name}/bias`, [classes], new Float32Array(classes));
  const output = parameter(outer, [classes, classes + 1], glorotUniform(rng, outer, [classes, classes + 1]));
  const params: Params = { [inner]: kernel, [`${name}/bias`]: bias, [outer]: output };
  return {
    params,
    read: (logits: tf.Tensor2D, hold: Hold): { classes: tf.Tensor2D; source: tf.Tensor1D } => {
      const moved = tf.add(tf.matMul(logits, hold(kernel as tf.Tensor) as tf.Tensor2D), hold(bias as tf.Tensor));
      const hidden = tf.relu(tf.add(logits, moved)) as tf.Tensor2D;
      const read = tf.matMul<tf.Tensor2D>(hidden, hold(output as tf.Tensor) as tf.Tensor2D);
      return {
        classes: tf.slice(read, [0, 0], [-1, classes]),
        source: tf.reshape<tf.Rank.R1>(tf.slice(read, [0, classes], [-1, 1]), [-1]),
      };
    },
  };
}
