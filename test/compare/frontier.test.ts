import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { compare } from '../../src/compare/comparison';
import { frontierCsv } from '../../src/compare/frontier';
import { frontierRows, frontierSvg } from '../../src/compare/frontier-section';
import { renderComparison } from '../../src/compare/page';
import { look, skipBrowser, startBrowser } from '../support/browser';
import { temporaryFolder } from '../support/kdlab';
import { RUNS } from './example-runs';
import { PRIVATE_RUNS, privateRun } from './private-runs';

const frontier = compare(PRIVATE_RUNS).frontier!;

describe('the privacy/utility frontier', () => {
  it('holds every model with an ε and, for what privacy costs, the student without one', () => {
    assert.deepEqual(
      frontier.points.map(({ method, epsilon }) => `${method} ${epsilon ?? '–'}`),
      ['dp-sgd 0.5', 'dp-sgd 1', 'pate 1', 'dp-sgd 2', 'dp-both 2', 'dp-sgd 4', 'pate 4', 'dp-sgd 8', 'none –'],
    );
    assert.deepEqual(frontier.methods, ['dp-sgd', 'pate', 'dp-both', 'none']);
  });

  it('marks the Pareto set: no other is as private and better; nothing without a guarantee is in it', () => {
    const best = frontier.points.filter(({ onFront }) => onFront).map(({ method, epsilon }) => `${method} ${epsilon}`);
    assert.deepEqual(best, ['dp-sgd 0.5', 'dp-sgd 1', 'dp-sgd 2', 'pate 4']);
  });

  it('takes means and intervals over seeds, and the worst ε among them', () => {
    const [first] = frontier.points;
    assert.equal(first!.utility.n, 3);
    assert.ok(Math.abs(first!.utility.mean - 0.8) < 1e-12 && first!.utility.low < 0.79);
    const uneven = [0, 1].map((seed) => {
      const run = privateRun({ method: 'dp-sgd', epsilon: 1 + seed, accuracy: 0.8 }, seed);
      return { ...run, record: { ...run.record, config: { ...run.record.config, privacy: { noiseMultiplier: 1 } } } };
    });
    assert.equal(compare(uneven).frontier!.points[0]!.epsilon, 2);
  });

  it('is left out where no run carries an ε', () => {
    assert.equal(compare(RUNS).frontier, undefined);
    assert.doesNotMatch(renderComparison(compare(RUNS), { title: 'x' }), /Privacy and utility|<script/);
  });

  it('is told as a table and as CSV, a line a model', () => {
    const rows = frontierRows(frontier);
    assert.equal(rows.length, 10);
    assert.deepEqual(rows.at(-1)!.slice(0, 5), ['none', rows.at(-1)![1], 'student', 'no guarantee', '–']);
    const lines = frontierCsv(frontier).trimEnd().split('\r\n');
    assert.equal(lines.length, 10);
    assert.match(lines[1]!, /^dp-sgd,[A-Z],student,0\.5,0\.00001,3,0\.8/);
    assert.match(lines.at(-1)!, /^none,[A-Z],student,,,3,/);
  });

  it('is a drawing of its own, with both themes and nothing from elsewhere', () => {
    const svg = frontierSvg(frontier);
    assert.match(svg, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" [^>]*><style>svg\{--paper/);
    assert.match(svg, /prefers-color-scheme:dark/);
    assert.doesNotMatch(svg, /NaN|Infinity|undefined|href/);
    const single = compare([privateRun({ method: 'dp-sgd', epsilon: 3, accuracy: 0.9 }, 0)]).frontier!;
    assert.doesNotMatch(frontierSvg(single), /NaN|Infinity|undefined/);
  });
});

describe('the frontier in a browser', { skip: skipBrowser }, () => {
  const folder = temporaryFolder('frontier');
  const file = path.join(folder, 'frontier.html');
  let browser: Browser;
  before(async () => {
    fs.writeFileSync(file, renderComparison(compare(PRIVATE_RUNS), { title: 'private students' }));
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.close();
    fs.rmSync(folder, { recursive: true });
  });

  it('fits a phone and a desk, light and dark, without messages or requests', async () => {
    for (const [width, scheme] of [
      [390, 'dark'],
      [1280, 'light'],
    ] as const) {
      const seen = await look(browser, file, width, scheme);
      assert.deepEqual(seen.problems, []);
      assert.ok(seen.pageWidth <= width, `page is ${seen.pageWidth} wide`);
    }
  });

  it('tells a mark’s values when it is pointed at, and saves itself as PNG, SVG and CSV', async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, acceptDownloads: true });
    await page.goto(pathToFileURL(file).href);
    const point = page.locator('.frontier .wide .point').first();
    const card = point.locator('.card');
    assert.equal(await card.isVisible(), false);
    await point.locator('circle').hover();
    assert.equal(await card.isVisible(), true);
    assert.match((await card.textContent())!, /dp-sgd, student.*ε 0\.5 at δ/);
    for (const [name, start] of [
      ['PNG', Buffer.from([0x89, 0x50, 0x4e, 0x47])],
      ['SVG', Buffer.from('<svg xmlns')],
      ['CSV', Buffer.from('method,group')],
    ] as const) {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.locator('.exports a', { hasText: name }).click(),
      ]);
      assert.equal(download.suggestedFilename(), `frontier.${name.toLowerCase()}`);
      const content = fs.readFileSync((await download.path())!);
      assert.deepEqual(content.subarray(0, start.length), start);
      assert.ok(content.length > 400);
    }
    await page.close();
  });
});
