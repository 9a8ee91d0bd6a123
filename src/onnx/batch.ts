import { KdlabError } from '../core/errors';
import type { Graph, Node } from '../engine/program/ir';

/** The length of an axis: a number, or so many times the size of the batch. */
export type Length = number | { readonly times: number };

/** A graph for batches of any size: the nodes are those of one size, the lengths of their axes in terms of it. */
export interface AnyBatch<V> {
  readonly graph: Graph<V>;
  readonly lengths: readonly (readonly Length[])[];
}

/** For one size of batch alone. */
export function oneBatch<V>(graph: Graph<V>): AnyBatch<V> {
  return { graph, lengths: graph.nodes.map(({ shape }) => shape) };
}

/**
 * What two traces of one computation, with batches of different sizes, have in common: an axis whose length differs is a
 * multiple of the batch. Throws KdlabError naming what differs where it is anything else, since the graph would then
 * be right for one of the sizes only.
 */
export function anyBatch<V>(
  { graph: first, size: a }: { graph: Graph<V>; size: number },
  { graph: second, size: b }: { graph: Graph<V>; size: number },
): AnyBatch<V> {
  if (first.nodes.length !== second.nodes.length)
    throw dependsOnSize(`a batch of ${a} takes ${first.nodes.length} operations, one of ${b} ${second.nodes.length}`);
  const lengths = first.nodes.map((node, id) => {
    const other = second.nodes[id]!;
    if (node.shape.length !== other.shape.length || meaning(node) !== meaning(other))
      throw dependsOnSize(`operation ${id} (${node.op.kind}) is another one for a batch of ${b} than for one of ${a}`);
    return node.shape.map((length, axis): Length => {
      const found = other.shape[axis]!;
      if (found === length) return length;
      if (length / a !== found / b || !Number.isInteger(length / a))
        throw dependsOnSize(`operation ${id} (${node.op.kind}) has shape [${node.shape}], and [${other.shape}]`);
      return { times: length / a };
    });
  });
  return { graph: first, lengths };
}

/** What an operation does apart from the shapes. */
function meaning({ op, dtype }: Node): string {
  if (op.kind === 'constant') return `${dtype} constant ${op.values.join()}`;
  if (op.kind !== 'windowed') return `${dtype} ${JSON.stringify(op)}`;
  return `${dtype} ${JSON.stringify({ ...op, window: { ...op.window, batch: 0 } })}`;
}

function dependsOnSize(what: string): KdlabError {
  return new KdlabError(
    `the computation depends on the size of the batch: ${what}. Export it for one size (option batch) instead.`,
  );
}
