import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { schedule, valueAt } from '../../src/core/schedule';

const at = (progress: number, step = 0) => ({ step, epoch: 0, progress });
const value = (spec: unknown, progress: number, step = 0) => valueAt(schedule().parse(spec), at(progress, step));

test('constant, linear, cosine, step and warm-up', () => {
  assert.equal(value(0.1, 0.7), 0.1);
  assert.equal(value({ linear: { from: 1, to: 0 } }, 0.25), 0.75);
  assert.equal(value({ linear: { from: 1, to: 0, start: 0.5, end: 0.75 } }, 0.5), 1);
  assert.equal(value({ linear: { from: 1, to: 0, start: 0.5, end: 0.75 } }, 0.9), 0);
  assert.ok(Math.abs(value({ cosine: { from: 1, to: 0 } }, 0.5) - 0.5) < 1e-15);
  assert.equal(value({ step: { initial: 1, factor: 0.1, at: [0.5, 0.75] } }, 0.5), 0.1);
  assert.equal(value({ warmup: { steps: 4, to: 1 } }, 0, 1), 0.5);
  assert.equal(value({ warmup: { steps: 4, to: { linear: { from: 1, to: 0 } } } }, 0.5, 10), 0.5);
});

test('an expression sees step, epoch and progress', () => {
  assert.equal(value('step * 2 + progress', 0.5, 3), 6.5);
});

test('values stay between the ends of a ramp', () => {
  fc.assert(
    fc.property(
      fc.float({ noNaN: true, min: -10, max: 10 }),
      fc.float({ noNaN: true, min: -10, max: 10 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (from, to, progress) => {
        for (const kind of ['linear', 'cosine']) {
          const v = value({ [kind]: { from, to } }, progress);
          assert.ok(v >= Math.min(from, to) - 1e-6 && v <= Math.max(from, to) + 1e-6);
        }
      },
    ),
  );
});

for (const [spec, message] of [
  [{ lineer: { from: 1, to: 0 } }, /"lineer" is no schedule/],
  [{ linear: { from: 1, too: 0 } }, /unknown key "too"; did you mean "to"\?/],
  ['import("fs")', /not admitted/],
  ['1 / 0', /expected a finite number/],
  [[1], /expected a number, an expression/],
  [null, /expected a number, an expression/],
] as const)
  test(`${JSON.stringify(spec)} is refused`, () => {
    const result = schedule().safeParse(spec);
    assert.ok(!result.success);
    assert.match(result.error.issues.map((issue) => issue.message).join('\n'), message);
  });

test('a range holds for the whole of training, not only at its start', () => {
  const positive = schedule({ exclusiveMin: 0 });
  assert.ok(positive.safeParse({ linear: { from: 1, to: 0.1 } }).success);
  const result = positive.safeParse({ linear: { from: 1, to: 0 } });
  assert.match(result.error!.issues[0]!.message, /is 0 at progress 1, expected > 0/);
});
