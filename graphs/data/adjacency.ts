import { KdlabError } from '../../src/core/errors';
import { Csr } from '../../src/sparse/csr';

export interface EdgeList {
  /** How messages name the graph. */
  readonly name: string;
  readonly nodes: number;
  /** Where each edge leaves and arrives; any order, repeated edges and loops allowed. */
  readonly sources: ArrayLike<number>;
  readonly targets: ArrayLike<number>;
  readonly weights?: ArrayLike<number> | undefined;
}

/** A square matrix whose rows ascend without repetition and without loops, and what was left out. */
export interface Adjacency {
  readonly adjacency: Csr;
  readonly duplicates: number;
  readonly loops: number;
}

/**
 * Directed edges as rows: loops dropped, each repeated edge once (with the largest of its weights). Linear in nodes
 * and edges but for the sorting of long rows. Throws KdlabError where an edge names a node that does not exist or a
 * weight is not a positive number.
 */
export function adjacencyOf({ name, nodes, sources, targets, weights }: EdgeList): Adjacency {
  const refuse = (edge: number, what: string) => new KdlabError(`graph ${name}: edge ${edge} ${what}`);
  const count = sources.length;
  if (targets.length !== count || (weights !== undefined && weights.length !== count))
    throw new KdlabError(
      `graph ${name}: ${count} sources, ${targets.length} targets, ${weights?.length ?? 'no'} weights`,
    );
  const pointers = new Int32Array(nodes + 1);
  let loops = 0;
  for (let edge = 0; edge < count; edge++) {
    const source = sources[edge]!;
    const target = targets[edge]!;
    if (!isNode(source, nodes) || !isNode(target, nodes))
      throw refuse(edge, `joins nodes ${source} and ${target}, expected numbers from 0 to ${nodes - 1}`);
    const weight = weights?.[edge] ?? 1;
    if (!(weight > 0 && weight < Number.POSITIVE_INFINITY))
      throw refuse(edge, `(${source} to ${target}) weighs ${weight}, expected a positive number`);
    if (source === target) loops++;
    else pointers[source + 1]!++;
  }
  for (let node = 0; node < nodes; node++) pointers[node + 1]! += pointers[node]!;
  const columns = new Int32Array(count - loops);
  const values = weights && new Float32Array(count - loops);
  const next = pointers.slice(0, nodes);
  for (let edge = 0; edge < count; edge++) {
    const source = sources[edge]!;
    if (source === targets[edge]) continue;
    const place = next[source]!++;
    columns[place] = targets[edge]!;
    if (values !== undefined) values[place] = weights![edge]!;
  }
  const kept = mergeRows(pointers, columns, values);
  const trimmed = kept < columns.length;
  const adjacency = new Csr({
    rows: nodes,
    columns: nodes,
    rowPointers: pointers,
    columnIndices: trimmed ? columns.slice(0, kept) : columns,
    values: trimmed ? values?.slice(0, kept) : values,
  });
  return { adjacency, duplicates: columns.length - kept, loops };
}

/** Sorts every row and keeps one entry of each column, in place; returns how many are left. */
function mergeRows(pointers: Int32Array, columns: Int32Array, values: Float32Array | undefined): number {
  let kept = 0;
  let begin = 0;
  for (let row = 0; row + 1 < pointers.length; row++) {
    const end = pointers[row + 1]!;
    sortRow(columns, values, begin, end);
    const first = kept;
    for (let place = begin; place < end; place++) {
      const repeated = kept > first && columns[kept - 1] === columns[place];
      if (repeated) {
        if (values !== undefined) values[kept - 1] = Math.max(values[kept - 1]!, values[place]!);
        continue;
      }
      columns[kept] = columns[place]!;
      if (values !== undefined) values[kept] = values[place]!;
      kept++;
    }
    begin = end;
    pointers[row + 1] = kept;
  }
  return kept;
}

/** Rows up to this length are quicker sorted by insertion. */
const SHORT = 24;

function sortRow(columns: Int32Array, values: Float32Array | undefined, begin: number, end: number): void {
  if (end - begin > SHORT) {
    if (values === undefined) {
      columns.subarray(begin, end).sort();
      return;
    }
    const order = Array.from({ length: end - begin }, (_, i) => begin + i);
    order.sort((a, b) => columns[a]! - columns[b]!);
    const [sortedColumns, sortedValues] = [order.map((i) => columns[i]!), order.map((i) => values[i]!)];
    columns.set(sortedColumns, begin);
    values.set(sortedValues, begin);
    return;
  }
  for (let i = begin + 1; i < end; i++) {
    const column = columns[i]!;
    const value = values?.[i];
    let at = i;
    for (; at > begin && columns[at - 1]! > column; at--) {
      columns[at] = columns[at - 1]!;
      if (values !== undefined) values[at] = values[at - 1]!;
    }
    columns[at] = column;
    if (values !== undefined) values[at] = value!;
  }
}

function isNode(value: number, nodes: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < nodes;
}
