import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { KdlabError } from '../../src/core/errors';
import { readJournal } from '../../src/report/journal';
import { writeReport } from '../../src/report/write';
import type { RunRecord } from '../../src/run/record';
import { metricLines, record, results, writeRun } from './example-run';

const { results: _, ...unfinished } = record;
const line = (step: number, metrics: Record<string, number | 'NaN'>) => ({ t: 0, step, metrics });

async function reportOf(run: RunRecord, lines = metricLines({ steps: 20 }) as Parameters<typeof writeRun>[1]) {
  return fs.readFileSync(await writeReport(writeRun(run, lines)), 'utf8');
}

/** What a reader sees: no tags, one space for any white space. */
const words = (page: string) =>
  page
    .replace(/<style[\s\S]*?<\/style>/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');

describe('the report of a finished run', () => {
  it('says what was found, with intervals, sizes, speed, fidelity and cost', async () => {
    const text = words(await reportOf(record));
    for (const expected of [
      results.headline,
      'finished',
      '✓ met',
      '✗ not met',
      '483.2 [470.1, 495.0]',
      'Parameters 4,610 216 216',
      'Parameters relative to the teacher 1 1/21.3 1/21.3',
      'Stored size 18.0 KiB 864 B 864 B',
      'Multiply-adds per example 4,544 190 190',
      '0.214 ms 0.102 ms 0.101 ms',
      '0.391 ms 0.188 ms 0.19 ms',
      'Agreement – 0.9712 [0.9643, 0.9769]',
      'KL to teacher – 0.0412 [0.0371, 0.0455]',
      'Environment steps 150,000 60,000 60,000',
      'percentile bootstrap, n = 100',
      'Wilson score, n = 100',
      results.notes[0]!,
    ])
      assert.ok(text.includes(expected), expected);
  });

  it('says how it was made', async () => {
    const page = await reportOf(record);
    const text = words(page);
    for (const expected of [
      'wasm, 1 thread: fastest for small models on this machine',
      'tfjs 4.22.0',
      'main, with uncommitted changes',
      record.git!.commit,
      'Example CPU at 3.0 GHz, 2 cores, 7.8 GiB memory',
      record.configHash,
      record.datasets[0]!.digest,
      '1 min 11 s in 1 session',
      record.sessions[0]!.command,
    ])
      assert.ok(text.includes(expected), expected);
    assert.match(page, /<details><summary>Resolved configuration<\/summary><pre>[^<]*\n {2}temperature: 2\n/);
  });

  it('is written to artifacts, the same bytes for the same folder', async () => {
    const folder = writeRun(record, metricLines({ steps: 60 }));
    const file = await writeReport(folder);
    assert.equal(file, path.join(folder, 'artifacts', 'report.html'));
    const before = fs.readFileSync(file, 'utf8');
    await writeReport(folder);
    assert.equal(fs.readFileSync(file, 'utf8'), before);
    assert.deepEqual(fs.readdirSync(path.dirname(file)), ['report.html']);
  });

  it('loads nothing and runs nothing', async () => {
    const page = await reportOf(record);
    assert.match(page, /http-equiv="Content-Security-Policy" content="default-src 'none'/);
    assert.doesNotMatch(
      page,
      /<script|<link (?!rel="icon" href="data:,")|<img|<iframe|@import|\ssrc=|\shref="(?!data:,)|url\((?!#)/,
    );
  });

  it('prints any text as text', async () => {
    const nasty = `<script>alert(1)</script>"><img src=x onerror='x'>&</style></svg>`;
    const models = results.models.map((model) => ({
      ...model,
      name: nasty,
      description: nasty,
      metrics: { [nasty]: model.metrics.return! },
    }));
    const page = await reportOf(
      {
        ...record,
        name: nasty,
        description: nasty,
        experiment: nasty,
        user: nasty,
        config: { [nasty]: nasty },
        sessions: [{ startedAt: 0, command: nasty }],
        datasets: [{ name: nasty, digest: nasty, source: nasty }],
        results: {
          ...results,
          primaryMetric: nasty,
          headline: nasty,
          notes: [nasty],
          claims: [{ claim: nasty, found: nasty, met: true }],
          models,
        },
      },
      [line(1, { [`${nasty}/${nasty}`]: 1, once: 1 }), line(2, { [`${nasty}/${nasty}`]: 2 })],
    );
    assert.doesNotMatch(page, /<script|<img/);
    assert.equal(page.match(/<\/style>/g)?.length, 1);
    assert.equal(page.match(/<svg/g)?.length, page.match(/<\/svg>/g)?.length);
    assert.ok(page.includes('&lt;script&gt;alert(1)&lt;/script&gt;'));
  });

  it('stands without models, data sets, git and numbers', async () => {
    const { git: __, ...rest } = record;
    const nothing = { mean: null, low: null, high: null, n: 0, method: 'bootstrap' } as never;
    const models = [{ ...results.models[1]!, metrics: { return: nothing } }];
    assert.ok(
      words(await reportOf({ ...rest, datasets: [], results: { ...results, models: [] } })).includes('no data set'),
    );
    const text = words(await reportOf({ ...rest, results: { ...results, models } }));
    assert.ok(text.includes('Return higher is better – [–, –]'));
    assert.ok(text.includes('not a git checkout'));
  });
});

describe('the report of an unfinished run', () => {
  it('shows the error, the curves so far and how to resume', async () => {
    const page = await reportOf({ ...unfinished, status: 'FAILED', error: 'loss is <NaN>' });
    assert.match(
      page,
      /failed before it had results[\s\S]*loss is &lt;NaN&gt;[\s\S]*npm run -s kdlab -- resume cartpole-s1-3fa94c02</,
    );
    assert.match(page, /<figure>[\s\S]*<b>Loss<\/b>[\s\S]*<svg/);
  });

  it('says that it was interrupted, or killed', async () => {
    assert.match(await reportOf({ ...unfinished, status: 'INTERRUPTED' }), /was interrupted before it had results/);
    assert.match(
      await reportOf({ ...unfinished, status: 'RUNNING' }),
      /still going when this report was written, or its process was killed/,
    );
  });

  it('quotes an odd id for the shell', async () => {
    const page = await reportOf({ ...unfinished, status: 'INTERRUPTED', id: "it's" });
    assert.ok(page.includes('resume &#39;it&#39;\\&#39;&#39;s&#39;'));
  });

  it('has no curves where no metrics were written', async () => {
    const folder = writeRun({ ...unfinished, status: 'FAILED' });
    fs.rmSync(path.join(folder, 'metrics.jsonl'));
    assert.match(fs.readFileSync(await writeReport(folder), 'utf8'), /No curves/);
  });
});

describe('readJournal', () => {
  it('takes the later of two values, orders by step and reads NaN', async () => {
    const folder = writeRun(record, [
      line(2, { 's/a': 1 }),
      line(1, { 's/a': 5, 's/b': 'NaN' }),
      line(2, { 's/a': 3 }),
    ]);
    const { metrics, unreadable } = await readJournal(folder);
    assert.deepEqual(
      [...metrics],
      [
        [
          's/a',
          [
            { step: 1, value: 5 },
            { step: 2, value: 3 },
          ],
        ],
        ['s/b', [{ step: 1, value: Number.NaN }]],
      ],
    );
    assert.equal(unreadable, 0);
  });

  it('drops a torn last line silently and counts other unreadable ones', async () => {
    const torn = '{"t":0,"step":3,"metr';
    assert.equal((await readJournal(writeRun(record, [line(1, { 's/a': 1 }), torn]))).unreadable, 0);
    const page = await reportOf(record, [torn, line(1, { 's/a': 1 }), 'null', line(2, { 's/a': 2 })]);
    assert.match(page, /2 unreadable lines of metrics\.jsonl left out/);
  });

  it('explains a folder that is not a run', async () => {
    const folder = writeRun(record);
    const refuses = (pattern: RegExp) =>
      assert.rejects(writeReport(folder), (error) => error instanceof KdlabError && pattern.test(error.message));
    fs.writeFileSync(path.join(folder, 'run.json'), '{"schema": 2}');
    await refuses(/run\.json is not the record of a run: schema is 2, not 1; expected a run folder/);
    fs.writeFileSync(path.join(folder, 'run.json'), '{');
    await refuses(/run\.json cannot be read/);
    fs.rmSync(path.join(folder, 'run.json'));
    await refuses(/run\.json cannot be read \(ENOENT/);
  });
});
