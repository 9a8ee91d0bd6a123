import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { countPending, readStretch } from '../../src/track/metric-queue';
import { temporaryFolder } from '../support/kdlab';

const folder = temporaryFolder('queue');
const file = path.join(folder, 'metrics.jsonl');
after(() => fs.rmSync(folder, { recursive: true }));

const line = (step: number, metrics: Record<string, unknown>) =>
  `${JSON.stringify({ t: 1000 + step, step, metrics })}\n`;

function readAll(offset = 0): { keys: string[]; end: number } {
  const keys: string[] = [];
  let end = offset;
  for (let stretch = readStretch(file, end); stretch !== undefined; stretch = readStretch(file, end)) {
    keys.push(...stretch.points.map(({ step, key }) => `${step} ${key}`));
    end = stretch.end;
  }
  return { keys, end };
}

test('a line becomes one point for each metric, with the time and step of the line', () => {
  fs.writeFileSync(file, line(7, { 'student/loss': 0.5, 'student/norm': 'NaN', 'student/x': '-Infinity' }));
  assert.deepEqual(readStretch(file, 0), {
    points: [
      { key: 'student/loss', value: 0.5, timestamp: 1007, step: 7 },
      { key: 'student/norm', value: Number.NaN, timestamp: 1007, step: 7 },
      { key: 'student/x', value: Number.NEGATIVE_INFINITY, timestamp: 1007, step: 7 },
    ],
    end: fs.statSync(file).size,
    damaged: [],
  });
});

test('without a file or behind its end there is nothing', () => {
  assert.equal(readStretch(path.join(folder, 'absent.jsonl'), 0), undefined);
  fs.writeFileSync(file, line(1, { a: 1 }));
  assert.equal(readStretch(file, fs.statSync(file).size), undefined);
  assert.equal(countPending(file, 0), 1);
});

test('wherever the file is cut, its whole lines are read once each and the torn one only when it is complete', () => {
  const metrics = fc.dictionary(
    fc.constantFrom('ä/loss', 'b', 'c'),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  );
  fc.assert(
    fc.property(fc.array(metrics, { minLength: 1, maxLength: 12 }), fc.nat(), (lines, cut) => {
      const text = Buffer.from(lines.map((values, step) => line(step, values)).join(''));
      fs.writeFileSync(file, text.subarray(0, cut % (text.length + 1)));
      const first = readAll();
      fs.writeFileSync(file, text);
      const rest = readAll(first.end);
      const expected = lines.flatMap((values, step) => Object.keys(values).map((key) => `${step} ${key}`));
      assert.deepEqual([...first.keys, ...rest.keys], expected);
      assert.equal(rest.end, text.length);
    }),
    { numRuns: 60 },
  );
});

test('more than one stretch, and a line longer than a stretch, lose nothing', () => {
  const long = Object.fromEntries(Array.from({ length: 9000 }, (_, i) => [`student/layer${i}/weights`, i]));
  const lines = [...Array(4000).keys()].map((step) => line(step, { 'student/loss': step }));
  fs.writeFileSync(file, [...lines, line(4000, long), line(4001, { end: 1 })].join(''));
  const { keys } = readAll();
  assert.equal(keys.length, 4000 + 9000 + 1);
  assert.equal(new Set(keys).size, keys.length);
});

test('a damaged line is named by its place and the others are read', () => {
  fs.writeFileSync(file, `${line(1, { a: 1 })}{"t":1,"st\n${line(2, { a: 2 })}`);
  const { points, damaged } = readStretch(file, 0)!;
  assert.deepEqual(
    points.map(({ step }) => step),
    [1, 2],
  );
  assert.deepEqual(damaged, [line(1, { a: 1 }).length]);
});

test('an offset that is no line start, after the file was cut, begins again', () => {
  fs.writeFileSync(file, line(1, { a: 1 }) + line(2, { a: 2 }));
  for (const offset of [3, 10_000]) assert.equal(readStretch(file, offset)!.points.length, 2);
});
