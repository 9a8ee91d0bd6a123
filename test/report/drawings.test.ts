import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Confusion, Interval, Scatter } from '../../src/core/results';
import { breakdownFigures } from '../../src/report/breakdowns';
import { drawingFigure } from '../../src/report/drawings';
import { results } from './example-run';

const interval = (mean: number): Interval => ({ mean, low: mean - 0.1, high: mean + 0.1, n: 20, method: 'wilson' });
const count = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].length;

test('a breakdown draws a mark and an interval for every model and group, and says them in words', () => {
  const groups = ['1–2', '3–4', '≥ 17'].map((label, at) => ({
    label,
    count: 10 + at,
    values: results.models.map((_, model) => interval(0.4 + 0.1 * at + 0.05 * model)),
  }));
  const [figure, ...others] = breakdownFigures({
    ...results,
    breakdowns: [
      { title: 'Accuracy by degree', metric: 'testAccuracy', groups },
      { title: 'Nothing', metric: 'testAccuracy', groups: [] },
    ],
  });
  assert.equal(others.length, 0);
  const { text } = figure!;
  for (const word of ['Accuracy by degree', '1–2', '≥ 17', '12', 'mlp-24: 1–2 0.45'])
    assert.ok(text.includes(word), word);
  for (const role of ['teacher', 'student', 'baseline']) {
    assert.equal(count(text, new RegExp(`<path[^>]*fill="var\\(--${role}\\)"`, 'g')), 3, role);
    assert.equal(count(text, new RegExp(`<path[^>]*stroke="var\\(--${role}\\)"[^>]*stroke-width="1.5"`, 'g')), 3, role);
  }
});

test('a confusion matrix shades each cell by its share of the row', () => {
  const drawing: Confusion = {
    kind: 'confusion',
    title: 'Confusion',
    classes: ['cat', '<dog>'],
    panels: [
      {
        title: 'student',
        role: 'student',
        counts: [
          [3, 1],
          [0, 0],
        ],
      },
    ],
  };
  const { text } = drawingFigure(drawing, 'd');
  assert.ok(text.includes('&lt;dog&gt;') && !text.includes('<dog>'));
  const shares = [...text.matchAll(/var\(--student\) (\d+)%,transparent\)">(\d+)</g)].map(([, share, cell]) => [
    Number(share),
    Number(cell),
  ]);
  assert.deepEqual(shares, [
    [53, 3],
    [18, 1],
    [0, 0],
    [0, 0],
  ]);
});

test('a scatter draws every point in the colour of its class', () => {
  const drawing: Scatter = {
    kind: 'scatter',
    title: 'Hidden layer',
    classes: ['0', '1', '2'],
    panels: [
      {
        title: 'teacher, PCA',
        points: [
          [0, 0, 0],
          [1, 2, 1],
          [2, 1, 1],
          [3, 3, 2],
        ],
      },
    ],
  };
  const { text } = drawingFigure(drawing, 'd');
  const drawn = (hue: number) => count(text, new RegExp(`<path[^>]*fill="hsl\\(${hue} 62% 48%\\)"`, 'g'));
  assert.deepEqual([0, 120, 240].map(drawn), [1, 2, 1]);
  assert.ok(text.includes('teacher, PCA: 4 examples, coloured by class'));
});
