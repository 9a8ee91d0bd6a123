import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pairedRows, publishedRows } from '../../../experiments/results/published-table';
import type { Expected } from '../../../src/reproduce/expected';

const over = (values: number[]) => ({ mean: values.reduce((a, b) => a + b, 0) / values.length, std: 0.01, values });
const figure = (metric: string, value: number, relation: 'equal' | 'at least' = 'equal') => ({
  recipe: 'example',
  metric,
  value,
  relation,
});
const published = (what: string, own?: ReturnType<typeof figure>) => ({
  what,
  value: 'as printed',
  status: 'read',
  ...(own && { figure: own }),
});

const EXAMPLE: Expected = {
  paper: 'An example',
  published: [
    published('near', figure('student.testAccuracy', 0.82)),
    published('far', figure('teacher.testAccuracy', 0.9)),
    published('above', figure('student.gainOverTeacher', 0, 'at least')),
    published('of another recipe', { ...figure('student.testAccuracy', 0.8), recipe: 'other' }),
    published('in words alone'),
  ],
  ours: [
    {
      recipe: 'example',
      command: 'kdlab run example --seeds 0,1,2',
      seeds: [0, 1, 2],
      metrics: {
        'teacher.testAccuracy': over([0.8, 0.81, 0.79]),
        'student.testAccuracy': over([0.82, 0.83, 0.81]),
        'student.gainOverTeacher': over([0.02, 0.02, 0.021]),
        'reference.testAccuracy': over([0.81, 0.82, 0.8]),
        'baseline.testAccuracy': over([0.6, 0.62, 0.59]),
      },
      secondsPerSeed: 1,
      machine: 'any',
      engine: 'any',
    },
  ],
};

test('a figure stands beside ours; what was not measured says so, what is no figure is left out', () => {
  const rows = publishedRows([EXAMPLE]);
  assert.deepEqual(
    rows.map(({ what, ours }) => [what, ours?.agrees]),
    [
      ['near', true],
      ['far', false],
      ['above', true],
      ['of another recipe', undefined],
    ],
  );
  assert.equal(rows[0]!.ours!.seeds, 3);
});

test('the student is held against each other model by the differences of each seed', () => {
  const rows = pairedRows([EXAMPLE, { ...EXAMPLE, published: [] }]);
  assert.deepEqual(
    rows.map((row) => row.over),
    ['teacher', 'teacher', 'plain distillation', 'plain distillation', 'student alone', 'student alone'],
  );
  const [overTeacher, , overPlain, , overAlone] = rows;
  assert.ok(Math.abs(overTeacher!.result.difference.mean - 0.02) < 1e-12);
  assert.ok(Math.abs(overPlain!.result.difference.mean - 0.01) < 1e-12);
  // Differences 0.22, 0.21, 0.22: t = (65 / 300) / (0.01 / 3) on two degrees of freedom.
  assert.ok(Math.abs(overAlone!.result.difference.mean - 0.65 / 3) < 1e-12);
  assert.ok(overAlone!.result.tTest > 1e-4 && overAlone!.result.tTest < 5e-4);
  // Two equal tests against the student alone: the smaller of equals counts twice.
  assert.ok(Math.abs(overAlone!.tTestHolm - 2 * overAlone!.result.tTest) < 1e-12);
});
