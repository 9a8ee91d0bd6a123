/*
 * Pickles of protocol 2 as Python 2 writes them for Planetoid's files, for tests: arrays, sparse matrices, adjacency lists.
 */

const byte = (...values: number[]) => Buffer.from(values);
const text = (value: string) => Buffer.from(value, 'latin1');

export function uint(value: number): Buffer {
  if (value < 256) return byte(0x4b, value);
  const out = Buffer.alloc(5, 0x4a);
  out.writeInt32LE(value, 1);
  return value < 65536 ? byte(0x4d, value & 255, value >> 8) : out;
}

export function bytes(content: Uint8Array): Buffer {
  if (content.length < 256) return Buffer.concat([byte(0x55, content.length), content]);
  const length = Buffer.alloc(5, 0x54);
  length.writeInt32LE(content.length, 1);
  return Buffer.concat([length, content]);
}

export const global = (module: string, name: string) => text(`c${module}\n${name}\n`);
export const tuple = (...items: Buffer[]) =>
  items.length > 0 && items.length < 4
    ? Buffer.concat([...items, byte(0x84 + items.length)])
    : Buffer.concat([byte(0x28), ...items, byte(0x74)]);
export const whole = (...parts: Buffer[]) => Buffer.concat([byte(0x80, 2), ...parts, byte(0x2e)]);

const NONE = byte(0x4e);
const FALSE = byte(0x89);
const REDUCE = byte(0x52);
const BUILD = byte(0x62);
const MINUS_ONE = byte(0x4a, 255, 255, 255, 255);

export function dtype(code: string): Buffer {
  const made = [global('numpy', 'dtype'), tuple(bytes(text(code)), uint(0), uint(1)), REDUCE];
  const state = tuple(uint(3), bytes(text('<')), NONE, NONE, NONE, MINUS_ONE, MINUS_ONE, uint(0));
  return Buffer.concat([...made, state, BUILD]);
}

export function array(shape: readonly number[], values: Int32Array | Float32Array): Buffer {
  const code = values instanceof Int32Array ? 'i4' : 'f4';
  const raw = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return Buffer.concat([
    global('numpy.core.multiarray', '_reconstruct'),
    tuple(global('numpy', 'ndarray'), tuple(uint(0)), bytes(text('b'))),
    REDUCE,
    tuple(uint(1), tuple(...shape.map(uint)), dtype(code), FALSE, bytes(raw)),
    BUILD,
  ]);
}

/** A dense matrix as scipy pickles its compressed rows. */
export function csr(dense: readonly (readonly number[])[], columns = dense[0]?.length ?? 0): Buffer {
  const pointers = [0];
  const indices: number[] = [];
  const data: number[] = [];
  for (const row of dense) {
    row.forEach((value, column) => {
      if (value === 0) return;
      indices.push(column);
      data.push(value);
    });
    pointers.push(indices.length);
  }
  const key = (name: string, value: Buffer) => Buffer.concat([bytes(text(name)), value]);
  return Buffer.concat([
    global('scipy.sparse.csr', 'csr_matrix'),
    byte(0x29, 0x81, 0x7d, 0x28),
    key('format', bytes(text('csr'))),
    key('_shape', tuple(uint(dense.length), uint(columns))),
    key('indptr', array([pointers.length], Int32Array.from(pointers))),
    key('indices', array([indices.length], Int32Array.from(indices))),
    key('data', array([data.length], Float32Array.from(data))),
    byte(0x75),
    BUILD,
  ]);
}

export function adjacencyLists(lists: readonly (readonly number[])[]): Buffer {
  const entries = lists.flatMap((neighbors, node) => [
    uint(node),
    byte(0x5d),
    ...(neighbors.length === 1 ? [uint(neighbors[0]!), byte(0x61)] : []),
    ...(neighbors.length > 1 ? [byte(0x28), ...neighbors.map(uint), byte(0x65)] : []),
  ]);
  const empty = [global('collections', 'defaultdict'), tuple(global('__builtin__', 'list')), REDUCE];
  return Buffer.concat([...empty, byte(0x28), ...entries, byte(0x75)]);
}

export function oneHot(labels: readonly number[], classes: number): Buffer {
  const values = new Int32Array(labels.length * classes);
  labels.forEach((label, row) => {
    if (label >= 0) values[row * classes + label] = 1;
  });
  return array([labels.length, classes], values);
}
