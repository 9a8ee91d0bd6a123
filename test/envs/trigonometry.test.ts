import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sinCos } from '../../envs/trigonometry';

function sinCosOf(angles: readonly number[]) {
  const sines = new Float64Array(angles.length);
  const cosines = new Float64Array(angles.length);
  sinCos(Float64Array.from(angles), sines, cosines);
  return { sines, cosines };
}

/** Taylor's series about 0 summed from the smallest term, exact to the last bit or its neighbour for small angles. */
function series(x: number, first: 0 | 1): number {
  const terms = [first === 1 ? x : 1];
  for (let k = first + 2; k < 20; k += 2) terms.push((-terms.at(-1)! * x * x) / (k * (k - 1)));
  return terms.reduceRight((sum, term) => sum + term);
}

test('sines and cosines are within a unit in the last place or two of their series and of Math', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -0.35, max: 0.35, noNaN: true }), { minLength: 1 }), (angles) => {
      const { sines, cosines } = sinCosOf(angles);
      angles.forEach((x, i) => {
        assert.ok(Math.abs(sines[i]! - series(x, 1)) <= 2 ** -51 * Math.abs(x), `sin ${x}`);
        assert.ok(Math.abs(cosines[i]! - series(x, 0)) <= 2 ** -52, `cos ${x}`);
        assert.ok(Math.abs(sines[i]! - Math.sin(x)) <= 2 ** -52 * Math.abs(x), `sin ${x} beside Math`);
        assert.ok(Math.abs(cosines[i]! - Math.cos(x)) <= 2 ** -53, `cos ${x} beside Math`);
      });
    }),
  );
});

test('large angles and what is no number are left to Math', () => {
  const angles = [0.3, -2, 1e9, Number.NaN, Number.POSITIVE_INFINITY];
  const { sines, cosines } = sinCosOf(angles);
  angles.forEach((x, i) => {
    assert.ok(Object.is(sines[i], Math.sin(x)));
    assert.ok(Object.is(cosines[i], Math.cos(x)));
  });
});
