import assert from 'node:assert/strict';
import test from 'node:test';
import { kernelNormals } from '../../src/engine/normals';
import { boxMuller } from '../../src/math/box-muller';
import { cryptographicNormal, type NormalsOf } from '../../src/math/cryptographic-noise';
import { Rng } from '../../src/math/rng';
import { assertNear, everyBench } from '../support/machines';
import { assertStandardNormal, assertUnrelated } from '../support/normality';

const FORMS: readonly [string, NormalsOf][] = [
  ['JavaScript', boxMuller],
  ...everyBench().map(({ executor, memory, name }): [string, NormalsOf] => [name, kernelNormals({ executor, memory })]),
];

test('the kernels turn words into the normals that JavaScript makes of them', () => {
  for (const count of [0, 1, 2, 1001, 600_001]) {
    const words = Rng.root(3).words(2 * Math.ceil(count / 2));
    const expected = boxMuller(words, count);
    for (const [, normalsOf] of FORMS) assertNear(normalsOf(words, count), expected, 5e-7, 1e-9);
  }
});

test('cryptographic normals are standard normals, far out too', () => {
  for (const [, normalsOf] of FORMS.filter(([name]) => !/[23] threads/.test(name)))
    assertStandardNormal(cryptographicNormal(2_000_000, normalsOf));
});

test('two draws have nothing to do with each other, nor one with itself shifted', () => {
  const first = cryptographicNormal(1_000_001);
  const second = cryptographicNormal(1_000_001);
  assert.notDeepEqual(first.subarray(0, 4), second.subarray(0, 4));
  assertUnrelated(first, second, 0);
  for (const shift of [1, 2, 3, 4]) assertUnrelated(first, first, shift);
});

test('the kernels leave neither words nor noise in the memory of the engine', () => {
  const { executor, memory } = everyBench()[0]!;
  kernelNormals({ executor, memory })(Rng.root(4).words(1000), 1000);
  const address = memory.allocate(2000);
  assert.ok(executor.ints(address, 2000).every((word) => word === 0));
  memory.free(address);
});
