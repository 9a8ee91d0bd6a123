import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Csr } from '../../src/sparse/csr';
import { matrices } from './dense';

/** Row, column and value of every entry. */
function triples({ rows, rowPointers, columnIndices, values }: Csr): [number, number, number][] {
  const found: [number, number, number][] = [];
  for (let row = 0; row < rows; row++)
    for (let entry = rowPointers[row]!; entry < rowPointers[row + 1]!; entry++)
      found.push([row, columnIndices[entry]!, values?.[entry] ?? 1]);
  return found;
}

test('the transpose has the same entries, in the order of their rows, and says which they were', () => {
  fc.assert(
    fc.property(matrices, (csr) => {
      const { matrix, order } = csr.transpose();
      const original = triples(csr);
      const turned = triples(matrix);
      assert.deepEqual([matrix.rows, matrix.columns], [csr.columns, csr.rows]);
      assert.deepEqual(
        turned,
        [...order].map((entry) => {
          const [row, column, value] = original[entry]!;
          return [column, row, value];
        }),
      );
      for (let i = 1; i < turned.length; i++)
        if (turned[i]![0] === turned[i - 1]![0]) assert.ok(order[i]! > order[i - 1]!);
      assert.equal(csr.transpose(), csr.transpose());
    }),
  );
});

test('entries of a row keep the order they were given in', () => {
  const csr = Csr.fromEntries({ rows: 3, columns: 2, rowIndices: [2, 0, 2, 2], columnIndices: [1, 0, 0, 1] });
  assert.deepEqual([...csr.rowPointers], [0, 1, 1, 4]);
  assert.deepEqual([...csr.columnIndices], [0, 1, 0, 1]);
  assert.equal(csr.values, undefined);
});

test('what is no matrix is refused by name', () => {
  const make = (parts: Partial<ConstructorParameters<typeof Csr>[0]>) => () =>
    new Csr({
      rows: 2,
      columns: 2,
      rowPointers: Int32Array.of(0, 1, 2),
      columnIndices: Int32Array.of(0, 1),
      ...parts,
    });
  assert.throws(make({ rowPointers: Int32Array.of(0, 2) }), /2 rows need 3 row pointers, found 2/);
  assert.throws(make({ rowPointers: Int32Array.of(0, 1, 1) }), /from 0 to the 2 entries, found 0 to 1/);
  assert.throws(make({ rowPointers: Int32Array.of(0, 3, 2) }), /fall from 3 to 2 at row 1/);
  assert.throws(make({ columnIndices: Int32Array.of(0, 2) }), /entry 1 is in column 2, outside the 2 columns/);
  assert.throws(make({ columnIndices: Int32Array.of(0, -1) }), /column -1/);
  assert.throws(make({ values: new Float32Array(1) }), /2 entries need as many values, found 1/);
  assert.throws(
    () => Csr.fromEntries({ rows: 1, columns: 1, rowIndices: [1], columnIndices: [0] }),
    /entry 0 is in row 1, outside the 1 rows/,
  );
});
