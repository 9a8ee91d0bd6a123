import * as tf from '@tensorflow/tfjs';
import { KdlabError } from '../src/core/errors';
import type { Batch } from '../src/core/types';

/** Whom an example is about and with whom it may be joined. */
export interface Candidates {
  /** [n]. */
  readonly anchors: Int32Array;
  /** [n, each], row by row. */
  readonly candidates: Int32Array;
  /** [n, each], 1 where an edge joins the pair, 0 where none does, −1 where that is not to be learnt from. */
  readonly links?: Float32Array;
}

/**
 * Examples that are nodes with candidates, on a graph given as a batch of its nodes: x [n] the anchors, extras `candidates`
 * [n, each], `links` [n, each] and the graph's under `nodes/`. Shares the graph's tensors; dispose the batch by `disposePairs`.
 */
export function linkBatch(nodes: Batch, { anchors, candidates, links }: Candidates): Batch {
  const each = candidates.length / anchors.length;
  const known = links ?? new Float32Array(candidates.length).fill(-1);
  return {
    x: tf.tensor1d(anchors, 'int32'),
    size: anchors.length,
    extras: {
      candidates: tf.tensor2d(candidates, [anchors.length, each], 'int32'),
      links: tf.tensor2d(known, [anchors.length, each]),
      'nodes/x': nodes.x,
      ...Object.fromEntries(Object.entries(nodes.extras ?? {}).map(([name, tensor]) => [`nodes/${name}`, tensor])),
    },
  };
}

/** Disposes what a link batch has of its own. */
export function disposePairs({ x, extras = {} }: Batch): void {
  x.dispose();
  extras.candidates?.dispose();
  extras.links?.dispose();
}

/** The graph of a link batch as a batch of its nodes. Throws KdlabError naming who asked where there is none. */
export function nodesOf({ extras = {} }: Batch, asker: string): Batch {
  const x = extras['nodes/x'];
  const pointers = extras['nodes/neighbors/pointers'];
  if (x === undefined || extras.candidates === undefined)
    throw new KdlabError(`${asker} scores pairs of nodes, this source gives none; use it with link-prediction`);
  const own = Object.entries(extras).flatMap(([name, tensor]) =>
    name.startsWith('nodes/') && name !== 'nodes/x' ? [[name.slice(6), tensor] as const] : [],
  );
  return { x, extras: Object.fromEntries(own), size: pointers === undefined ? x.shape[0]! : pointers.size - 1 };
}
