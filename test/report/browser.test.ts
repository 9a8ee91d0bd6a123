import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { writeReport } from '../../src/report/write';
import { look, skipBrowser, startBrowser } from '../support/browser';
import { metricLines, record, writeRun } from './example-run';

describe('the report in a browser', { skip: skipBrowser }, () => {
  let browser: Browser;
  let finished: string;
  let failed: string;

  before(async () => {
    const { results: _, ...rest } = record;
    finished = await writeReport(writeRun(record, metricLines({ steps: 300 })));
    failed = await writeReport(
      writeRun({ ...rest, status: 'FAILED', error: 'x'.repeat(500) }, metricLines({ steps: 20 })),
    );
    browser = await startBrowser();
  });
  after(() => browser?.close());

  for (const [width, expected] of [
    [375, 7],
    [1280, 7],
  ] as const)
    it(`draws its charts ${width} pixels wide, without overflow, messages or requests`, async () => {
      const { drawings, pageWidth, problems } = await look(browser, finished, width, 'light');
      assert.deepEqual(problems, []);
      assert.ok(pageWidth <= width, `page is ${pageWidth} wide`);
      assert.equal(drawings.length, expected);
      for (const drawing of drawings)
        assert.ok(drawing.width > 250 && drawing.height > 100 && drawing.marks > 3, JSON.stringify(drawing));
    });

  it('draws the curves of a failed run on a phone', async () => {
    const { drawings, pageWidth, problems } = await look(browser, failed, 375, 'dark');
    assert.deepEqual(problems, []);
    assert.ok(pageWidth <= 375, `page is ${pageWidth} wide`);
    assert.ok(drawings.length > 3 && drawings.every(({ marks }) => marks > 3));
  });

  it('follows the light or dark preference', async () => {
    const [light, dark] = [await look(browser, finished, 1280, 'light'), await look(browser, finished, 1280, 'dark')];
    assert.equal(light.background, 'rgb(255, 255, 255)');
    assert.equal(dark.background, 'rgb(20, 23, 27)');
  });
});
