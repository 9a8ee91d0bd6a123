import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Interval } from '../../src/core/results';
import {
  formatBytes,
  formatCompact,
  formatDuration,
  formatInterval,
  formatNumber,
  formatRatio,
  formatTime,
  titleOf,
} from '../../src/report/format';
import { escapeHtml, html } from '../../src/report/markup';

const interval = (mean: number, low: number, high: number): Interval => ({
  mean,
  low,
  high,
  n: 9,
  method: 'bootstrap',
});
const printed = (...args: Parameters<typeof formatInterval>) => Object.values(formatInterval(...args)).join(' ');

/** Each row: what goes in, what a reader sees. */
function reads<T>(format: (value: T) => string, rows: readonly (readonly [T, string])[]): void {
  for (const [value, text] of rows) it(`prints ${value} as ${text}`, () => assert.equal(format(value), text));
}

describe('formatNumber', () => {
  reads(formatNumber, [
    [0, '0'],
    [1234, '1,234'],
    [-2.5, '−2.5'],
    [0.04184, '0.04184'],
    [483.21456, '483.2'],
    [3.14e-7, '3.14e−7'],
    [2.5e12, '2.5e12'],
    [Number.NaN, '–'],
    [Infinity, '∞'],
    [-Infinity, '−∞'],
  ]);

  it('prints what JSON makes of a non-finite number as none', () => {
    assert.equal(formatNumber(null as unknown as number), '–');
    assert.equal(formatNumber('NaN' as unknown as number), '–');
  });
});

describe('formatCompact', () => {
  reads(formatCompact, [
    [0, '0'],
    [0.05, '0.05'],
    [500, '500'],
    [4610, '4.6 k'],
    [150_000, '150 k'],
    [1_190_000, '1.2 M'],
    [0.0015, '0.0015'],
    [0.0001, '1e−4'],
  ]);
});

describe('formatBytes', () =>
  reads(formatBytes, [
    [864, '864 B'],
    [18_440, '18.0 KiB'],
    [4_800_000, '4.6 MiB'],
  ]));
describe('formatRatio', () =>
  reads(formatRatio, [
    [216 / 4610, '1/21.3'],
    [1, '1'],
    [1.5, '1.5 ×'],
    [Number.NaN, '–'],
  ]));
describe('formatDuration', () =>
  reads(formatDuration, [
    [4.23, '4.2 s'],
    [83, '1 min 23 s'],
    [3840, '1 h 4 min'],
    [119.7, '2 min 0 s'],
  ]));
describe('formatTime', () =>
  reads(formatTime, [
    [Date.UTC(2025, 0, 31, 13, 5, 9), '2025-01-31 13:05 UTC'],
    [Number.NaN, '–'],
  ]));

describe('titleOf', () =>
  reads(titleOf, [
    ['klToTeacher', 'KL to teacher'],
    ['testError', 'Test error'],
    ['loss', 'Loss'],
    ['time/step', 'Time / step'],
    ['grad_norm', 'Grad norm'],
  ]));

describe('formatInterval', () => {
  it('prints as many decimals as the width warrants', () => {
    assert.equal(printed(interval(483.2123, 470.1, 495)), '483.2 [470.1, 495.0]');
    assert.equal(printed(interval(0.97124, 0.96431, 0.97689)), '0.9712 [0.9643, 0.9769]');
  });

  it('aligns with a wider one beside it, but keeps two digits of its own width', () => {
    assert.equal(printed(interval(493.4, 488.2, 497.6), [interval(211.9, 190.3, 234.8)]), '493.4 [488.2, 497.6]');
    assert.equal(printed(interval(0.0412, 0.0371, 0.0455), [interval(12, 3, 20)]), '0.0412 [0.0371, 0.0455]');
  });

  it('prints no width, no bounds and no end', () => {
    assert.equal(printed(interval(500, 500, 500)), '500 [500, 500]');
    assert.equal(printed(interval(4, -Infinity, Infinity)), '4 [−∞, ∞]');
    assert.equal(printed(interval(Number.NaN, Number.NaN, Number.NaN)), '– [–, –]');
  });

  it('never prints different bounds alike', () => {
    const number = fc.double({ min: -1e5, max: 1e5, noNaN: true });
    fc.assert(
      fc.property(number, number, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        fc.pre(high - low > 1e-3);
        const [first, second] = formatInterval(interval((low + high) / 2, low, high))
          .bounds.slice(1, -1)
          .split(', ');
        assert.notEqual(first, second);
      }),
    );
  });
});

describe('html', () => {
  it('escapes everything but markup', () => {
    const inner = html`<b>${'<i>"\'&'}</b>`;
    assert.equal(html`<p>${inner}${[1, '<', undefined]}</p>`.text, '<p><b>&lt;i&gt;&quot;&#39;&amp;</b>1&lt;</p>');
  });

  it('leaves nothing that opens a tag or ends an attribute', () => {
    fc.assert(
      fc.property(fc.string(), (text) => assert.doesNotMatch(escapeHtml(text).replaceAll('\0', '<'), /[<>"']/)),
    );
  });
});
