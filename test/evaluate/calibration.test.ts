import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calibrationError, reliability } from '../../src/evaluate/calibration';
import type { Predictions } from '../../src/evaluate/classification';
import { disagreement, gradientCosine, inheritedErrors } from '../../src/evaluate/conflict';
import { Rng } from '../../src/math/rng';
import { assertClose } from '../support/numbers';

/** Predictions of given probabilities and labels. */
const of = (rows: readonly (readonly number[])[], labels: readonly number[]): Predictions => ({
  logits: Float32Array.from(rows.flat(), Math.log),
  labels: Uint8Array.from(labels),
  classes: rows[0]!.length,
});

test('calibration error: by hand over two bins, zero where confidence is accuracy', () => {
  // Four at 0.75, of which two are right; two at 0.95, both right: (4·0.25 + 2·0.05)/6.
  const rows = [...Array(4).fill([0.75, 0.25]), [0.95, 0.05], [0.95, 0.05]];
  const found = calibrationError(of(rows, [0, 0, 1, 1, 0, 0]), Rng.root(1));
  assertClose([found.mean], [(4 * 0.25 + 2 * 0.05) / 6], 1e-6);
  assert.ok(found.low <= found.mean && found.mean <= found.high && found.n === 6);
  assertClose([calibrationError(of(Array(4).fill([0.75, 0.25]), [0, 0, 0, 1]), Rng.root(1)).mean], [0], 1e-6);
});

test('reliability: accuracy by confidence, nothing where no example falls', () => {
  const found = reliability(
    of(
      [
        [0.75, 0.25],
        [0.7, 0.3],
        [0.95, 0.05],
      ],
      [0, 1, 0],
    ),
  );
  assert.deepEqual(
    found.map(({ accuracy }) => accuracy?.mean),
    [undefined, undefined, undefined, 0.5, 1],
  );
  assert.equal(found[3]!.label, 'confidence 0.6 to 0.8');
});

test('inherited errors: the same wrong decision, of those that the teacher gets wrong', () => {
  const third = (c: number) => [0, 1, 2].map((k) => (k === c ? 0.8 : 0.1));
  const teacher = of([0, 1, 1, 2].map(third), [0, 0, 0, 0]);
  // Right where the teacher is; its error once; another error; right.
  const student = of([0, 1, 2, 0].map(third), [0, 0, 0, 0]);
  const found = inheritedErrors(teacher, student)!;
  assertClose([found.mean, found.n], [1 / 3, 3]);
  assert.equal(inheritedErrors(of([third(0)], [0]), of([third(1)], [0])), undefined);
  assertClose([disagreement(teacher, student).mean], [0.5]);
});

test('gradient cosine: 1 with oneself, −1 between teachers on both sides of the student', () => {
  const [low, middle, high] = [0.2, 0.5, 0.8].map((p) =>
    of(
      [
        [p, 1 - p],
        [p, 1 - p],
      ],
      [0, 0],
    ),
  );
  assertClose([gradientCosine(middle!, high!, high!).mean], [1], 1e-6);
  assertClose([gradientCosine(middle!, low!, high!).mean], [-1], 1e-6);
});
