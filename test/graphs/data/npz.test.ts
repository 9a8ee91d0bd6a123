import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { parseNpz } from '../../../graphs/data/npz';
import { parseNpzGraph } from '../../../graphs/data/npz-graph';
import { loadGraph } from '../../../graphs/data/registry';
import { largestComponent } from '../../../graphs/transforms/components';
import { KdlabError } from '../../../src/core/errors';
import { realData, unlessReal } from '../../data/real-data';

function npy(descr: string, shape: readonly number[], data: ArrayBufferView): Uint8Array {
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const header = Buffer.from(`${text.padEnd(117)}\n`);
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]);
  return Buffer.concat([start, header, Buffer.from(data.buffer, data.byteOffset, data.byteLength)]);
}

const floats = (...values: number[]) => npy('<f4', [values.length], Float32Array.from(values));
const ints = (...values: number[]) => npy('<i4', [values.length], Int32Array.from(values));
const longs = (...values: number[]) => npy('<i8', [values.length], BigInt64Array.from(values.map(BigInt)));

/** Edges 0→1, 1→2 and the loop 2→2 with weights; features [[5, 0], [0, 6], [0, 0]]. */
const MEMBERS: Record<string, Uint8Array> = {
  'adj_data.npy': floats(1, 4, 1),
  'adj_indices.npy': ints(1, 2, 2),
  'adj_indptr.npy': ints(0, 1, 2, 3),
  'adj_shape.npy': longs(3, 3),
  'attr_data.npy': floats(5, 6),
  'attr_indices.npy': ints(0, 1),
  'attr_indptr.npy': ints(0, 1, 2, 2),
  'attr_shape.npy': longs(3, 2),
  'labels.npy': npy('|i1', [3], Int8Array.of(0, 1, 1)),
  'class_names.npy': npy('|O', [2], Buffer.from('cos\nsystem\n(S"true"\ntR.')),
};
const archive = (changed: Record<string, Uint8Array> = {}) => zipSync({ ...MEMBERS, ...changed });

test('edges go both ways without weights and loops; members of objects stay unread', () => {
  const { graph, split, report } = parseNpzGraph('toy', archive(), 'toy.npz');
  assert.deepEqual([...graph.offsets], [0, 1, 3, 4]);
  assert.deepEqual([...graph.targets], [1, 0, 2, 1]);
  assert.equal(graph.weights, undefined);
  assert.deepEqual([...graph.features.gather([0, 1, 2])], [5, 0, 0, 6, 0, 0]);
  assert.deepEqual([...graph.labels], [0, 1, 1]);
  assert.equal(split, undefined);
  assert.deepEqual([report.rawEntries, report.loops, report.mirrored], [3, 1, 2]);
});

test('an archive may be gzipped as a whole, its members deflated or stored', () => {
  const { digest } = parseNpzGraph('toy', archive(), 'toy.npz').graph;
  assert.equal(parseNpzGraph('toy', gzipSync(archive()), 'toy.npz.gz').graph.digest, digest);
  assert.equal(parseNpzGraph('toy', zipSync(MEMBERS, { level: 0 }), 'toy.npz').graph.digest, digest);
});

test('what is no such archive is refused', () => {
  const refused = (bytes: Uint8Array, message: RegExp) =>
    assert.throws(
      () => parseNpzGraph('toy', bytes, 'toy.npz'),
      (error) => error instanceof KdlabError && message.test(error.message) && error.message.includes('toy'),
    );
  refused(Buffer.from('not a zip'), /not a whole .npz archive/);
  refused(zipSync({ 'labels.npy': ints(1) }), /no member adj_data.npy \(it has labels.npy\)/);
  refused(archive({ 'labels.npy': MEMBERS['class_names.npy']! }), /pickled objects, which are never decoded/);
  refused(archive({ 'labels.npy': npy('>i4', [3], new Int32Array(3)) }), /expected little-endian/);
  refused(archive({ 'labels.npy': npy('<i4', [9], new Int32Array(3)) }), /takes 36 bytes, found 12/);
  refused(archive({ 'labels.npy': ints(0, 1) }), /2 labels/);
  refused(archive({ 'labels.npy': ints(0, 1, -7) }), /label -7/);
  refused(archive({ 'adj_indices.npy': ints(1, 2, 9) }), /adj_\* arrays make no matrix: entry 2 is in column 9/);
  refused(archive({ 'attr_data.npy': floats(1, Number.POSITIVE_INFINITY) }), /feature 1 of node 1 is Infinity/);
  refused(archive({ 'adj_shape.npy': npy('<i8', [1], BigInt64Array.of(2n ** 60n)) }), /too large a number/);
});

test('a member that states a size beyond all memory is not unpacked', () => {
  const bytes = Buffer.from(archive());
  // The size in the central directory, 24 bytes after the record's signature.
  const record = bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
  bytes.writeUInt32LE(0xf000_0000, record + 24);
  assert.throws(() => parseNpz(bytes, 'toy.npz', ['adj_data']), /more than 1073741824 bytes/);
});

test('mutated archives are read or refused', () => {
  const whole = Buffer.from(zipSync(MEMBERS, { level: 0 }));
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.boolean(), (at, byte, cut) => {
      const bytes = Buffer.from(cut ? whole.subarray(0, at) : whole);
      if (!cut) bytes[at] = byte;
      try {
        parseNpzGraph('toy', bytes, 'toy.npz');
      } catch (error) {
        if (!(error instanceof KdlabError)) throw error;
      }
    }),
    { numRuns: 1500 },
  );
});

const CORA = 'cpf-npz/cora.npz';
/** Nodes and undirected edges as published with CPF and GLNN (largest component). */
for (const [name, nodes, edges, kept, keptEdges] of [
  ['cora-cpf', 2708, 5278, 2485, 5069],
  ['citeseer-cpf', 3312, 4536, 2110, 3668],
  ['a-photo', 7650, 119081, 7487, 119043],
] as const)
  test(`${name} and its largest component have the published sizes`, { skip: unlessReal(CORA) }, async () => {
    const { graph } = await loadGraph(name, { dataDir: realData(CORA)!, download: false });
    const largest = largestComponent(graph);
    assert.deepEqual([graph.nodes, graph.directedEdges], [nodes, 2 * edges]);
    assert.deepEqual([largest.nodes, largest.directedEdges], [kept, 2 * keptEdges]);
  });
