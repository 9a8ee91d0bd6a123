import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Figure } from '../../src/reproduce/expected';
import { judge, type Measured, type Schedule } from '../../src/reproduce/verdict';

const figure = (value: number, more: Partial<Figure> = {}): Figure => ({
  recipe: 'r',
  metric: 'student.testError',
  relation: 'equal',
  value,
  ...more,
});
const measured = (what: string, own: Figure, values: readonly number[]): Measured => ({
  what,
  figure: own,
  seeds: values.map((_, i) => i),
  values,
});
const TEACHER = measured('teacher', figure(0.0067, { metric: 'teacher.testError' }), [0.0066, 0.0069, 0.0067]);
const STUDENT = measured('student', figure(0.0074), [0.0073, 0.0077, 0.0074]);
const ALONE = measured('alone', figure(0.0146, { metric: 'baseline.testError' }), [0.0147, 0.0144, 0.0149]);
const verdict = (all: readonly Measured[], schedule: Schedule = 'full') => judge(all, schedule).verdict;

describe('the verdict', () => {
  it('is reproduced where every figure agrees and every order holds', () => {
    const judgement = judge([TEACHER, STUDENT, ALONE], 'full');
    assert.equal(judgement.verdict, 'reproduced');
    assert.equal(judgement.orderings.length, 3);
    assert.ok(judgement.figures.every(({ agrees }) => agrees));
  });

  it('is ordering only where the figures are others, the schedule reduced, or the seeds too few', () => {
    const worse = measured('alone', ALONE.figure, [0.02, 0.0205, 0.0202]);
    const judgement = judge([TEACHER, STUDENT, worse], 'full');
    assert.equal(judgement.verdict, 'ordering only');
    assert.match(judgement.reason, /apart from print: alone/);
    assert.equal(verdict([TEACHER, STUDENT, ALONE], 'reduced'), 'ordering only');
    const two = [TEACHER, STUDENT, ALONE].map((each) => measured(each.what, each.figure, each.values.slice(0, 2)));
    assert.notEqual(verdict(two), 'reproduced');
  });

  it('is not reproduced where an order fails, or holds within noise only', () => {
    const swapped = measured(
      'alone',
      ALONE.figure,
      STUDENT.values.map((v) => v - 0.0005),
    );
    const judgement = judge([TEACHER, STUDENT, swapped], 'full');
    assert.equal(judgement.verdict, 'not reproduced');
    assert.match(judgement.reason, /student < alone/);
    const noisy = measured('alone', ALONE.figure, [0.0072, 0.03, 0.0075]);
    assert.equal(verdict([STUDENT, noisy]), 'not reproduced');
  });

  it('pairs by seed: a small but steady difference is an order', () => {
    const drift = [0.0, 0.01, 0.02];
    const a = measured(
      'a',
      figure(0.01),
      drift.map((d) => 0.01 + d),
    );
    const b = measured(
      'b',
      figure(0.011),
      drift.map((d, i) => 0.0112 + d + i * 1e-5),
    );
    assert.ok(judge([a, b], 'full').orderings[0]!.holds);
  });

  it('does not take a wide interval for agreement', () => {
    const wide = measured('student', figure(0.01), [0.001, 0.02, 0.009]);
    assert.equal(judge([wide], 'full').figures[0]!.agrees, false);
    assert.equal(verdict([wide]), 'not reproduced');
  });

  it('takes a stated tolerance, and thresholds by the whole interval', () => {
    const near = measured('s', figure(0.01, { tolerance: 0.003 }), [0.0121, 0.0122, 0.0123]);
    assert.equal(verdict([near]), 'reproduced');
    const least = (values: number[]) => verdict([measured('r', figure(475, { relation: 'at least' }), values)]);
    assert.equal(least([500, 500, 499]), 'reproduced');
    assert.equal(least([500, 470, 500]), 'not reproduced');
    const most = measured('r', figure(0.02, { relation: 'at most' }), [0.018, 0.0181, 0.0182]);
    assert.equal(verdict([most]), 'reproduced');
  });

  it('orders figures of one quantity only', () => {
    const other = measured('kl', figure(0.5, { metric: 'student.klToTeacher' }), [0.5, 0.5, 0.5]);
    assert.equal(judge([STUDENT, other], 'full').orderings.length, 0);
    const same = { ...other, figure: figure(0.5, { metric: 'student.klToTeacher', quantity: 'testError' }) };
    assert.equal(judge([STUDENT, same], 'full').orderings.length, 1);
  });
});
