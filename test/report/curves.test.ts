import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { drawCurves, drawIntervals } from '../../src/report/charts';
import { groupCurves, movingAverage, spansDecades } from '../../src/report/curves';
import type { Point } from '../../src/report/journal';
import { inkOf } from '../../src/report/palette';
import { results } from './example-run';

const points = (...values: number[]): Point[] => values.map((value, i) => ({ step: i * 10, value }));
const many = (n: number, value: (i: number) => number) => points(...Array.from({ length: n }, (_, i) => value(i)));

describe('groupCurves', () => {
  it('makes one chart a metric with a line a stage', () => {
    const { charts } = groupCurves(
      new Map([
        ['teacher/loss', points(3, 2)],
        ['student/loss', points(5, 4)],
        ['student/time/step', points(1, 1)],
      ]),
    );
    assert.deepEqual(
      charts.map(({ metric, curves }) => [metric, curves.map(({ stage }) => stage)]),
      [
        ['loss', ['teacher', 'student']],
        ['time/step', ['student']],
      ],
    );
  });

  it('leads with the primary metric, then losses; learning rate and timings come last', () => {
    const names = ['time/step', 'learningRate', 'entropy', 'valueLoss', 'loss', 'evalReturn', 'return'];
    const { charts } = groupCurves(new Map(names.map((name) => [`s/${name}`, points(1, 2)])), 'return');
    assert.deepEqual(
      charts.map(({ metric }) => metric),
      ['return', 'evalReturn', 'loss', 'valueLoss', 'entropy', 'time/step', 'learningRate'],
    );
  });

  it('leaves out what cannot be drawn, and counts it', () => {
    const { charts } = groupCurves(new Map([['s/loss', points(1, Number.NaN, 3, Infinity)]]));
    const curve = charts[0]!.curves[0]!;
    assert.deepEqual(curve.points, [
      { step: 0, value: 1 },
      { step: 20, value: 3 },
    ]);
    assert.equal(curve.nonFinite, 2);
  });

  it('sets single values aside, and series that never were finite', () => {
    const { charts, singles } = groupCurves(
      new Map([
        ['s/accuracy', points(0.9)],
        ['s/loss', points(Number.NaN, Number.NaN)],
      ]),
    );
    assert.deepEqual(charts, []);
    assert.deepEqual(singles, [
      { key: 's/accuracy', step: 0, value: 0.9 },
      { key: 's/loss', step: 0, value: Number.NaN },
    ]);
  });

  it('smooths what goes up and down many times, and nothing else', () => {
    const smoothed = (series: Point[]) =>
      groupCurves(new Map([['s/x', series]])).charts[0]!.curves[0]!.smooth !== undefined;
    assert.equal(smoothed(many(200, (i) => i % 2)), true);
    assert.equal(smoothed(many(200, (i) => i)), false);
    assert.equal(smoothed(many(20, (i) => i % 2)), false);
    assert.equal(smoothed(many(200, () => 1)), false);
  });
});

describe('movingAverage', () => {
  it('averages the neighbours there are', () => {
    assert.deepEqual(
      movingAverage(points(0, 3, 6, 0), 1).map(({ value }) => value),
      [1.5, 3, 3, 3],
    );
  });
});

describe('spansDecades', () => {
  it('asks for positive values over two decades, outliers aside', () => {
    assert.equal(spansDecades([0.01, 0.1, 1]), true);
    assert.equal(spansDecades([0.1, 1, 5]), false);
    assert.equal(spansDecades([0, 0.01, 1]), false);
    assert.equal(spansDecades([...Array(500).fill(1), 1000]), false);
    assert.equal(spansDecades([]), false);
  });
});

describe('inkOf', () => {
  it('gives a role its colour, and its further stages another dash', () => {
    const stages = ['teacher-1', 'teacher-2', 'student', 'warmup', 'assistant'];
    assert.deepEqual(
      stages.map((stage) => Object.values(inkOf(stage, stages)).join(' ')),
      [
        'var(--teacher) solid',
        'var(--teacher) dashed',
        'var(--student) solid',
        'var(--extra-1) solid',
        'var(--extra-2) solid',
      ],
    );
  });
});

describe('drawCurves', () => {
  const draw = (series: Point[], name = 'x') =>
    drawCurves(name, groupCurves(new Map([['student/loss', series]])).charts[0]!);

  it('thins long series to some hundred points', () => {
    const rough = many(50_000, (i) => ((i * 2654435761) % 1000) + 1);
    const longest = Math.max(
      ...[...draw(rough).matchAll(/ d="([^"]*)"/g)].map(([, d]) => d!.match(/[ML]/g)?.length ?? 0),
    );
    assert.ok(longest > 100 && longest < 1000, `${longest} points`);
  });

  it('draws the same text for the same name, and unlike ids for another', () => {
    const series = points(1, 2, 3);
    assert.equal(draw(series), draw(series));
    const ids = (svg: string) => [...svg.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!);
    assert.notEqual(ids(draw(series)).length, 0);
    assert.ok(ids(draw(series)).every((id) => !ids(draw(series, 'y')).includes(id)));
  });
});

describe('drawIntervals', () => {
  it('draws every model in the colour of its role, with its numbers', () => {
    const svg = drawIntervals('i', 'return', results.models, 900);
    for (const text of [
      'var(--teacher)',
      'var(--student)',
      'var(--baseline)',
      '483.2 [470.1, 495.0]',
      '&lt;',
      'mlp-24 alone',
    ].filter((text) => text !== '&lt;'))
      assert.ok(svg.includes(text), text);
  });

  it('places equal distances of value at equal distances on the page', () => {
    const model = (mean: number) => ({
      ...results.models[0]!,
      metrics: { m: { ...results.models[0]!.metrics.return!, mean, low: mean - 1, high: mean + 1 } },
    });
    const svg = drawIntervals('i', 'm', [model(10), model(20), model(40)], 900);
    const ends = [
      ...svg.matchAll(/d="M([\d.]+) [\d.]+L\1 [\d.]+"[^>]*stroke="var\(--teacher\)"[^>]*stroke-linecap="round"/g),
    ].map(([, x]) => Number(x));
    const middles = [0, 2, 4].map((i) => (ends[i]! + ends[i + 1]!) / 2);
    assert.ok(Math.abs((middles[2]! - middles[1]!) / (middles[1]! - middles[0]!) - 2) < 0.02, `found ${middles}`);
  });

  it('draws a mean without finite bounds as a mark alone', () => {
    const model = {
      ...results.models[0]!,
      metrics: { m: { mean: 4, low: -Infinity, high: Infinity, n: 1, method: 'student-t' as const } },
    };
    const svg = drawIntervals('i', 'm', [model], 900);
    assert.doesNotMatch(svg, /NaN|Infinity/);
    assert.match(svg, /4 \[−∞, ∞\]/);
  });
});
