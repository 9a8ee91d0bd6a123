import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bandOf } from '../../src/compare/bands';
import { compare } from '../../src/compare/comparison';
import { toCsv } from '../../src/compare/csv';
import { toJson } from '../../src/compare/json';
import { escapeLatex, toLatex } from '../../src/compare/latex';
import { metricRows, testRows } from '../../src/compare/text';
import { KdlabError } from '../../src/core/errors';
import { paired } from '../../src/math/paired';
import { studentT } from '../../src/math/statistics';
import { RUNS, runOf } from './example-runs';

const comparison = compare(RUNS);

describe('a comparison', () => {
  it('groups by configuration apart from the seed, and says what differs', () => {
    assert.deepEqual(
      comparison.groups.map(({ letter, label, seeds }) => [letter, label, seeds]),
      [
        ['A', 'temperature 1', [0, 1, 2, 3, 4]],
        ['B', 'temperature 4', [0, 1, 2, 3, 4]],
      ],
    );
    assert.deepEqual(comparison.differences, [{ path: 'student.temperature', values: [1, 4] }]);
  });

  it('means and intervals are over seeds', () => {
    const { mean, low, high, values } = comparison.groups[0]!.models[1]!.measured.return!;
    assert.deepEqual(values, [440, 480, 410, 455, 420]);
    assert.deepEqual({ mean, low, high }, (({ mean, low, high }) => ({ mean, low, high }))(studentT(values)));
  });

  it('tests are paired by seed: a steady gain shows through the luck of seeds', () => {
    const { result, first, second } = comparison.families[0]!.tests[0]!;
    assert.deepEqual([first, second, result!.n], ['B student', 'A student', 5]);
    assert.ok(result!.tTestHolm < 0.001 && result!.difference.low > 4);
    assert.equal(result!.signedRank, 0.0625);
    const alone = comparison.families[1]!.tests;
    assert.deepEqual(
      alone.map((test) => test.first),
      ['A student', 'B student'],
    );
    assert.ok(alone[0]!.result!.tTestHolm >= alone[0]!.result!.tTest);
  });

  it('pairs on common seeds only, and tests nothing below two', () => {
    const fewer = compare(
      RUNS.filter(({ record }) => record.config.seed !== 1 || !JSON.stringify(record.config).includes('4')),
    );
    const { result, seeds } = fewer.families[0]!.tests[0]!;
    assert.deepEqual(seeds, [0, 2, 3, 4]);
    assert.deepEqual(result!.difference, paired([445.5, 415.1, 460.4, 424.4], [440, 410, 455, 420]).difference);
    const one = compare([RUNS[0]!, RUNS[3]!]);
    assert.equal(one.families[0]!.tests[0]!.result, undefined);
    assert.match(testRows(one.families[0]!)[1]!.join(' '), /fewer than two common seeds/);
    assert.ok(one.notes.some((note) => /one seed/.test(note)));
  });

  it('a run made twice counts once, unfinished ones not at all', () => {
    const later = runOf(
      { student: { temperature: 1 } },
      0,
      { teacher: 1, student: 2, baseline: 3 },
      { startedAt: 9e15 },
    );
    const { results: _, ...unfinished } = RUNS[0]!.record;
    const again = compare([...RUNS, later, { ...RUNS[0]!, record: { ...unfinished, status: 'FAILED' } }]);
    assert.equal(again.groups[0]!.models[1]!.measured.return!.values[0], 2);
    assert.ok(again.notes.some((note) => /1 unfinished run was left out/.test(note)));
  });

  it('knows the Pareto front, and that equal models share it', () => {
    const front = comparison.fronts.find(({ cost }) => cost === 'parameters')!;
    const best = front.points.filter(({ onFront }) => onFront).map(({ letter, model }) => `${letter} ${model}`);
    assert.deepEqual(best.sort(), ['A teacher', 'B student', 'B teacher']);
    assert.ok(!comparison.fronts.some(({ cost }) => cost === 'epsilon'), 'nothing was measured of it');
  });

  it('refuses what is not there, naming what is', () => {
    const refused = (body: () => unknown, message: RegExp) =>
      assert.throws(body, (error) => error instanceof KdlabError && message.test(error.message));
    refused(() => compare(RUNS, { metric: 'retur' }), /did you mean "return"/);
    refused(() => compare(RUNS, { model: 'studen' }), /did you mean "student"/);
    refused(() => compare(RUNS, { against: 'C' }), /unknown group "C"/);
    refused(() => compare([]), /none of these runs has results/);
  });
});

describe('a band', () => {
  it('is the t interval at the steps that all seeds have', () => {
    const curve = (values: readonly number[], from = 0) => values.map((value, i) => ({ step: from + i, value }));
    const band = bandOf([curve([1, 2, 3, Number.NaN]), curve([3, 4, 5, 6]), curve([9, 5, 7], 1)]);
    assert.deepEqual(
      band.map(({ step }) => step),
      [1, 2],
    );
    const { mean, low, high } = studentT([2, 4, 9]);
    assert.deepEqual(band[0], { step: 1, mean, low, high });
    assert.deepEqual(bandOf([curve([1, 2])])[1], { step: 1, mean: 2, low: 2, high: 2 });
    assert.deepEqual(bandOf([curve([1]), curve([2])]), []);
  });

  it('keeps both ends of a long curve', () => {
    const band = bandOf([Array.from({ length: 1001 }, (_, step) => ({ step, value: step }))]);
    assert.ok(band.length <= 161);
    assert.deepEqual([band[0]!.step, band.at(-1)!.step], [0, 1000]);
  });
});

describe('what a comparison is written as', () => {
  it('text: the metric with intervals', () => {
    const [head, first] = metricRows(comparison);
    assert.deepEqual(head, ['', 'return', 'seeds', 'teacher', 'student', 'baseline']);
    assert.deepEqual(first!.slice(0, 4), ['A', 'temperature 1', '5', '495 [495, 495]']);
    assert.match(first![4]!, /^441\.0 \[406\.3, 475\.7\]$/);
  });

  it('CSV: quoted, a line a quantity', () => {
    const odd = runOf({ student: { temperature: 'a "b", c' } }, 0, { teacher: 1, student: 2, baseline: 3 });
    const csv = toCsv(compare([...RUNS, odd]));
    assert.match(csv, /^group,label,name,model,quantity,seeds,mean,low,high,interval,values\r\n/);
    assert.ok(csv.includes('C,"temperature a ""b"", c",example,student,return,1,2,,,,2\r\n'), csv);
  });

  it('LaTeX: the best of a column in bold, text escaped', () => {
    const latex = toLatex(comparison);
    assert.match(latex, /temperature 4 & 5 & .*\\mathbf\{446\.0\} \\pm 34\.7\$/);
    assert.doesNotMatch(latex, /temperature 1 .*\\mathbf\{441\.0/);
    assert.equal(escapeLatex('50 % of a_b {x} \\ & <'), '50 \\% of a\\_b \\{x\\} \\textbackslash{} \\& \\textless{}');
  });

  it('JSON: parses, and names the runs', () => {
    const { groups } = JSON.parse(JSON.stringify(toJson(comparison)));
    assert.equal(groups[1].runs.length, 5);
  });
});
