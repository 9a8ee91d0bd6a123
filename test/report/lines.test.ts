import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Lines } from '../../src/core/results';
import { lines } from '../../src/report/lines';

const drawing: Lines = {
  kind: 'lines',
  title: 'ROC',
  x: { label: 'false positive rate', scale: 'log', min: 1e-3, max: 1 },
  y: { label: 'true positive rate', scale: 'log', min: 1e-3, max: 1 },
  diagonal: true,
  panels: ['before', 'after'].map((title) => ({
    title,
    lines: [
      {
        label: 'loss <1>',
        points: [
          [1e-3, 0.1],
          [1, 1],
        ],
      },
      { label: 'LiRA', points: [[1, 1]] },
    ],
  })),
};

test('panels with one legend, spoken words, decades on the axes, text escaped', () => {
  const { text } = lines(drawing, 'roc');
  assert.equal(text.match(/<figure>/g)?.length, 2);
  assert.equal(text.match(/loss &lt;1&gt;<\/span>/g)?.length, 1);
  assert.match(
    text,
    /aria-label="true positive rate against false positive rate: loss &lt;1&gt;, 2 points; LiRA, 1 points"/,
  );
  for (const tick of ['0.001', '0.01', '0.1', '1']) assert.ok(text.includes(`>${tick}</text>`), tick);
  assert.ok(!text.includes('loss <1>'));
});

test('two lines differ in form as well as in colour', () => {
  const { text } = lines(drawing, 'roc');
  const dashes = [...text.matchAll(/stroke-width="2.5" stroke-dasharray="([^"]*)"/g)].map((match) => match[1]);
  assert.equal(new Set(dashes).size, 2);
});
