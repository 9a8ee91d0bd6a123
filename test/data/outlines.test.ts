import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { box, disc, line, type Outline, polygon, SHAPES, star, union } from '../../src/data/outlines';
import { Rng } from '../../src/math/rng';

const near = (found: number, expected: number) =>
  assert.ok(Math.abs(found - expected) < 1e-12, `${found}, expected ${expected}`);

describe('signed distances', () => {
  test('by hand', () => {
    near(disc(1)(3, 4), 4);
    near(disc(1)(0, 0), -1);
    near(disc(0.5, 2)(2, 1), 0.5);
    near(box(2, 1)(5, 5), 5);
    near(box(2, 1)(1, 0), -1);
    near(box(2, 1)(3, 0.5), 1);
    near(line(disc(1), 0.5)(0, 0), 0.5);
    near(line(disc(1), 0.5)(0.75, 0), -0.25);
    near(line(disc(1), 0.5)(2, 0), 1);
    near(union(disc(1, -2), disc(1, 2))(0, 0), 1);
    const square = polygon([
      [0, 0],
      [2, 0],
      [2, 2],
      [0, 2],
    ]);
    near(square(1, 0.5), -0.5);
    near(square(5, 6), 5);
    near(star(3)(0, 0), -0.5);
    near(star(3)(2, 0), 1);
  });

  test('no outline changes faster than the distance walked, and all have an inside and an outside', () => {
    for (const { name, outline } of SHAPES) {
      const distance: Outline = outline(Rng.root(1).split(name).stream());
      const coordinate = fc.double({ min: -2, max: 2, noNaN: true });
      fc.assert(
        fc.property(coordinate, coordinate, coordinate, coordinate, (x, y, u, v) => {
          assert.ok(Math.abs(distance(x, y) - distance(u, v)) <= Math.hypot(x - u, y - v) + 1e-9, name);
        }),
        { numRuns: 100, seed: 7 },
      );
      const grid = Array.from({ length: 41 * 41 }, (_, i) => distance((i % 41) / 10 - 2, Math.floor(i / 41) / 10 - 2));
      assert.ok(Math.min(...grid) < -0.05 && Math.max(...grid) > 0.5, name);
    }
  });
});
