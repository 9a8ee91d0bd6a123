import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { compare } from '../../src/compare/comparison';
import { renderComparison } from '../../src/compare/page';
import { look, skipBrowser, startBrowser } from '../support/browser';
import { temporaryFolder } from '../support/kdlab';
import { RUNS, runOf } from './example-runs';

describe('the page of a comparison', () => {
  it('loads nothing, runs nothing, and prints any text as text', () => {
    const nasty = `<script>alert(1)</script>"><img src=x onerror='x'>`;
    const odd = runOf({ student: { temperature: nasty } }, 0, { teacher: 1, student: 2, baseline: 3 });
    const page = renderComparison(compare([...RUNS, odd]), { title: nasty });
    assert.doesNotMatch(page, /<script|<img|<iframe|<link (?!rel="icon" href="data:,")|@import|url\((?!#)/);
    assert.doesNotMatch(page.replaceAll(/&lt;.*?&gt;/g, ''), /\ssrc=|\sonerror=/);
    assert.match(page, /Content-Security-Policy" content="default-src 'none'/);
    assert.ok(page.includes('&lt;script&gt;alert(1)&lt;/script&gt;'));
  });
});

describe('the page of a comparison in a browser', { skip: skipBrowser }, () => {
  const folder = temporaryFolder('compare-page');
  const file = path.join(folder, 'comparison.html');
  let browser: Browser;
  before(async () => {
    fs.writeFileSync(file, renderComparison(compare(RUNS), { title: 'temperature' }));
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.close();
    fs.rmSync(folder, { recursive: true });
  });

  for (const [width, scheme, background] of [
    [390, 'dark', 'rgb(20, 23, 27)'],
    [1280, 'light', 'rgb(255, 255, 255)'],
  ] as const)
    it(`draws its charts ${width} pixels wide and ${scheme}, without overflow, messages or requests`, async () => {
      const seen = await look(browser, file, width, scheme);
      assert.deepEqual(seen.problems, []);
      assert.equal(seen.background, background);
      assert.ok(seen.pageWidth <= width, `page is ${seen.pageWidth} wide`);
      // Intervals, two curves, fronts by parameters, latency, multiply-adds and energy.
      assert.equal(seen.drawings.length, 7);
      for (const drawing of seen.drawings)
        assert.ok(drawing.width > 250 && drawing.height > 100 && drawing.marks > 3, JSON.stringify(drawing));
    });
});
