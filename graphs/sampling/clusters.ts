import { KdlabError } from '../../src/core/errors';
import type { Rng } from '../../src/math/rng';
import type { Csr } from '../../src/sparse/csr';

/** After so many passes hardly a node moves any more. */
const PASSES = 10;

/**
 * Divides nodes into parts of nearly equal size that few edges leave: each node goes into the part that holds most of
 * its neighbours, weighted by the room left (linear deterministic greedy, Stanton and Kliot, KDD 2012), in breadth-first
 * order at first and then again `passes` times, with all nodes placed (restreaming, Nishimura and Ugander, KDD 2013).
 * Every pass is linear in nodes and edges. Returns the part of each node. The graph must be undirected. Throws KdlabError
 * for more parts than nodes.
 */
export function partition(adjacency: Csr, parts: number, rng: Rng, passes = PASSES): Int32Array {
  const { rows } = adjacency;
  if (!Number.isInteger(parts) || parts < 1 || parts > rows)
    throw new KdlabError(`${parts} parts of ${rows} nodes; expected 1 to ${rows}`);
  const order = breadthFirst(adjacency, rng);
  const partOf = new Int32Array(rows).fill(-1);
  for (let pass = 0; pass <= passes; pass++) place(adjacency, parts, order, partOf);
  return partOf;
}

/** One pass: every node to its best part, by the neighbours placed in this pass or the one before. */
function place({ rows, rowPointers, columnIndices }: Csr, parts: number, order: Int32Array, partOf: Int32Array): void {
  const capacity = Math.ceil(rows / parts);
  const sizes = new Int32Array(parts);
  const inPart = new Int32Array(parts);
  const touched: number[] = [];
  /** Where nodes without neighbours in any part go. */
  let open = 0;
  for (const node of order) {
    touched.length = 0;
    for (let entry = rowPointers[node]!; entry < rowPointers[node + 1]!; entry++) {
      const part = partOf[columnIndices[entry]!]!;
      if (part >= 0 && inPart[part]!++ === 0) touched.push(part);
    }
    let [best, most] = [-1, 0];
    for (const part of touched) {
      const score = inPart[part]! * (1 - sizes[part]! / capacity);
      if (score > most) [best, most] = [part, score];
      inPart[part] = 0;
    }
    if (best < 0) {
      while (sizes[open]! >= capacity) open++;
      best = open;
    }
    partOf[node] = best;
    sizes[best]!++;
  }
}

/**
 * One epoch of batches for Cluster-GCN (Chiang et al., KDD 2019): every batch is the nodes of `perBatch` random parts,
 * ascending; each part comes once. Edges between parts of one batch are kept by whoever takes the graph on its nodes.
 */
export function clusterBatches(partOf: Int32Array, perBatch: number, rng: Rng): Int32Array[] {
  const parts = partOf.reduce((most, part) => Math.max(most, part), -1) + 1;
  const order = rng.permutation(parts);
  const batchOf = new Int32Array(parts);
  order.forEach((part, i) => {
    batchOf[part] = Math.floor(i / perBatch);
  });
  const sizes = new Int32Array(Math.ceil(parts / perBatch));
  for (const part of partOf) sizes[batchOf[part]!]!++;
  const batches = Array.from(sizes, (size) => new Int32Array(size));
  sizes.fill(0);
  partOf.forEach((part, node) => {
    const batch = batchOf[part]!;
    batches[batch]![sizes[batch]!++] = node;
  });
  return batches.filter((batch) => batch.length > 0);
}

/** All nodes, component by component, from random first nodes. */
function breadthFirst({ rows, rowPointers, columnIndices }: Csr, rng: Rng): Int32Array {
  const queue = new Int32Array(rows);
  const met = new Uint8Array(rows);
  let end = 0;
  let at = 0;
  for (const start of rng.permutation(rows)) {
    if (met[start] === 1) continue;
    met[start] = 1;
    queue[end++] = start;
    for (; at < end; at++)
      for (let entry = rowPointers[queue[at]!]!; entry < rowPointers[queue[at]! + 1]!; entry++) {
        const node = columnIndices[entry]!;
        if (met[node] === 1) continue;
        met[node] = 1;
        queue[end++] = node;
      }
  }
  return queue;
}
