import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { writeReport } from '../../src/report/write';
import { metricLines, record, writeRun } from './example-run';

const chromiumPath = [
  process.env.KDLAB_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].find((file) => file !== undefined && file !== '' && fs.existsSync(file));
const skip =
  chromiumPath === undefined && process.env.KDLAB_REQUIRE_LIVE !== '1'
    ? 'no Chromium found; name one with KDLAB_CHROMIUM'
    : false;

interface Seen {
  readonly background: string;
  readonly pageWidth: number;
  readonly drawings: readonly { width: number; height: number; marks: number }[];
  readonly problems: readonly string[];
}

/** Runs in the page: every visible chart with its size and the number of shapes in it that have an extent. */
const MEASURE = `({
  background: getComputedStyle(document.body).backgroundColor,
  pageWidth: document.documentElement.scrollWidth,
  drawings: [...document.querySelectorAll('[role=img] svg')].filter((svg) => svg.checkVisibility()).map((svg) => ({
    width: svg.getBoundingClientRect().width,
    height: svg.getBoundingClientRect().height,
    marks: [...svg.querySelectorAll('path, circle, polygon')].filter((mark) => {
      const box = mark.getBoundingClientRect();
      const stroke = getComputedStyle(mark).stroke;
      return box.width + box.height > 0 && (stroke.startsWith('rgb') || getComputedStyle(mark).fill.startsWith('rgb'));
    }).length,
  })),
})`;

describe('the report in a browser', { skip }, () => {
  let browser: Browser;
  let finished: string;
  let failed: string;

  before(async () => {
    assert.ok(chromiumPath !== undefined, 'KDLAB_REQUIRE_LIVE=1, but no Chromium found; name one with KDLAB_CHROMIUM');
    const { results: _, ...rest } = record;
    finished = await writeReport(writeRun(record, metricLines({ steps: 300 })));
    failed = await writeReport(
      writeRun({ ...rest, status: 'FAILED', error: 'x'.repeat(500) }, metricLines({ steps: 20 })),
    );
    const args =
      '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
    browser = await chromium.launch({ executablePath: chromiumPath, args: args.split(' ') });
  });
  after(() => browser?.close());

  async function look(file: string, width: number, colorScheme: 'light' | 'dark'): Promise<Seen> {
    const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
    const problems: string[] = [];
    const url = pathToFileURL(file).href;
    page.on('console', (message) => problems.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
    page.on('request', (request) => {
      if (request.url() !== url && !request.url().startsWith('data:')) problems.push(`request: ${request.url()}`);
    });
    await page.goto(url, { waitUntil: 'networkidle' });
    const seen = { ...((await page.evaluate(MEASURE)) as Omit<Seen, 'problems'>), problems };
    await page.close();
    return seen;
  }

  for (const [width, expected] of [
    [375, 7],
    [1280, 7],
  ] as const)
    it(`draws its charts ${width} pixels wide, without overflow, messages or requests`, async () => {
      const { drawings, pageWidth, problems } = await look(finished, width, 'light');
      assert.deepEqual(problems, []);
      assert.ok(pageWidth <= width, `page is ${pageWidth} wide`);
      assert.equal(drawings.length, expected);
      for (const drawing of drawings)
        assert.ok(drawing.width > 250 && drawing.height > 100 && drawing.marks > 3, JSON.stringify(drawing));
    });

  it('draws the curves of a failed run on a phone', async () => {
    const { drawings, pageWidth, problems } = await look(failed, 375, 'dark');
    assert.deepEqual(problems, []);
    assert.ok(pageWidth <= 375, `page is ${pageWidth} wide`);
    assert.ok(drawings.length > 3 && drawings.every(({ marks }) => marks > 3));
  });

  it('follows the light or dark preference', async () => {
    const [light, dark] = [await look(finished, 1280, 'light'), await look(finished, 1280, 'dark')];
    assert.equal(light.background, 'rgb(255, 255, 255)');
    assert.equal(dark.background, 'rgb(20, 23, 27)');
  });
});
