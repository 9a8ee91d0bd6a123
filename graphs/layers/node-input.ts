import * as tf from '@tensorflow/tfjs';
import type { Draws } from '../../src/core/draws';
import { KdlabError } from '../../src/core/errors';
import type { Batch } from '../../src/core/types';
import { dropout } from '../../src/models/parts/dropout';
import type { SparseMatrix } from '../../src/sparse/matrix';
import { spmm } from '../../src/sparse/product';
import { matrixOf } from '../batch';

/** What a layer's kernel multiplies: one row a node, stored in full or as a sparse matrix. */
export interface NodeInput {
  readonly width: number;
  /** [nodes, width] × [width, k] → [nodes, k]. */
  project(kernel: tf.Tensor2D): tf.Tensor2D;
  /** Inverted dropout; of a sparse matrix, of its entries. */
  dropped(rate: number, draws: Draws | undefined): NodeInput;
}

export function denseInput(x: tf.Tensor2D): NodeInput {
  return {
    width: x.shape[1],
    project: (kernel) => tf.matMul(x, kernel),
    dropped: (rate, draws) => (rate === 0 ? denseInput(x) : denseInput(dropout(x, { rate, draws }))),
  };
}

function sparseInput(matrix: SparseMatrix, values: tf.Tensor1D | undefined): NodeInput {
  return {
    width: matrix.columns,
    project: (kernel) => spmm(matrix, kernel, values),
    dropped: (rate, draws) => {
      if (rate === 0) return sparseInput(matrix, values);
      const all = values ?? matrix.values ?? tf.ones([matrix.entries]);
      return sparseInput(matrix, dropout(all as tf.Tensor1D, { rate, draws }));
    },
  };
}

/** Two inputs side by side, the first one's columns first. */
function joined(first: NodeInput, second: NodeInput): NodeInput {
  const width = first.width + second.width;
  return {
    width,
    project: (kernel) => {
      const upper = tf.slice(kernel, [0, 0], [first.width, -1]) as tf.Tensor2D;
      const lower = tf.slice(kernel, [first.width, 0], [second.width, -1]) as tf.Tensor2D;
      return tf.add(first.project(upper), second.project(lower));
    },
    dropped: (rate, draws) =>
      joined(first.dropped(rate, draws?.split('first')), second.dropped(rate, draws?.split('second'))),
  };
}

/**
 * A batch's features, however they are stored; with `positions`, those of its nodes beside them. `features/moved` among the
 * extras are entries of a matrix in place of its own, with a gradient.
 */
export function featuresOf(batch: Batch, asker: string, positions = 0): NodeInput {
  const stored =
    batch.extras?.['features/pointers'] === undefined
      ? denseInput(batch.x as tf.Tensor2D)
      : sparseInput(matrixOf(batch, 'features', asker), batch.extras['features/moved'] as tf.Tensor1D | undefined);
  if (positions === 0) return stored;
  const found = batch.extras?.positions as tf.Tensor2D | undefined;
  if (found?.shape[1] !== positions)
    throw new KdlabError(
      `${asker} takes ${positions} position numbers a node beside its features, the batch brings ${found?.shape[1] ?? 'none'}`,
    );
  return joined(stored, denseInput(found));
}
