import assert from 'node:assert/strict';
import fs from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';

const chromiumPath = [
  process.env.KDLAB_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].find((file) => file !== undefined && file !== '' && fs.existsSync(file));

/** Why tests in a browser are left out; false where they are not. */
export const skipBrowser =
  chromiumPath === undefined && process.env.KDLAB_REQUIRE_LIVE !== '1'
    ? 'no Chromium found; name one with KDLAB_CHROMIUM'
    : false;

export async function startBrowser(): Promise<Browser> {
  assert.ok(chromiumPath !== undefined, 'KDLAB_REQUIRE_LIVE=1, but no Chromium found; name one with KDLAB_CHROMIUM');
  const args =
    '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
  return chromium.launch({ executablePath: chromiumPath, args: args.split(' ') });
}

export interface Seen {
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

/** Opens a file: what can be seen of its charts, and every message and request, of which a page should have none. */
export async function look(
  browser: Browser,
  file: string,
  width: number,
  colorScheme: 'light' | 'dark',
): Promise<Seen> {
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
