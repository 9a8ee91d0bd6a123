import type { Interval } from '../core/results';

/** What stands where there is no number. */
const NONE = '–';
const ACRONYMS = new Set(['kl', 'ce', 'kd', 'auc', 'mse', 'ppo', 'l2', 'ece', 'nll', 'fps', 'iqm']);

/** A number for reading: `1,234`, `0.0418`, `3.1e-7`; whole numbers keep all digits, others four. */
export function formatNumber(value: number): string {
  if (!isNumber(value)) return signOfInfinity(value) ?? NONE;
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e9 || size < 1e-4) return exponential(value, 3);
  if (Number.isInteger(value)) return grouped(value, 0);
  return trimmed(grouped(value, Math.max(0, 3 - Math.floor(Math.log10(size)))));
}

/** A number in little room: `4.6 k`, `1.2 M`, `0.05`. */
export function formatCompact(value: number): string {
  if (!isNumber(value)) return signOfInfinity(value) ?? NONE;
  const size = Math.abs(value);
  if (size > 0 && size < 5e-4) return exponential(value, 2);
  // Axes are labelled with it: neighbours such as 0.001 and 0.0015 must not read alike.
  if (size < 1e3) return trimmed(grouped(value, size < 0.01 ? 5 : size < 10 ? 3 : 1));
  const unit = Math.min(4, Math.floor(Math.log10(size) / 3));
  return `${trimmed((value / 1000 ** unit).toFixed(size / 1000 ** unit < 100 ? 1 : 0))} ${['', 'k', 'M', 'G', 'T'][unit]}`;
}

/** `18.0 KiB`. */
export function formatBytes(bytes: number): string {
  if (!isNumber(bytes)) return NONE;
  const unit = bytes < 1024 ? 0 : Math.min(4, Math.floor(Math.log2(bytes) / 10));
  const scaled = bytes / 1024 ** unit;
  return `${unit === 0 ? scaled : scaled.toFixed(scaled < 100 ? 1 : 0)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][unit]}`;
}

/** A share of a whole as a fraction a reader can picture: `1/21.4`, or `1.5 ×` above one. */
export function formatRatio(ratio: number): string {
  if (!isNumber(ratio) || ratio <= 0) return NONE;
  if (Math.abs(ratio - 1) < 5e-4) return '1';
  return ratio < 1 ? `1/${trimmed((1 / ratio).toFixed(1))}` : `${trimmed(ratio.toFixed(1))} ×`;
}

/**
 * Mean and bounds with as many decimals as the interval's width warrants, `483.2` and `[470.1, 495.0]`; no more than
 * the widest of those printed beside it, as long as two digits of its own width remain.
 */
export function formatInterval(
  interval: Interval,
  beside: readonly Interval[] = [],
): { readonly value: string; readonly bounds: string } {
  const { mean, low, high } = interval;
  const size = Math.max(...[mean, low, high].filter(isNumber).map(Math.abs));
  const own = decimalsFor(interval);
  const shared = beside.map(decimalsFor).filter((decimals) => decimals !== undefined);
  const decimals = own === undefined ? undefined : clamp(Math.max(own - 1, Math.min(own, ...shared)), 0, 7);
  const print = (value: number) =>
    isNumber(value) && decimals !== undefined && size >= 1e-4 && size < 1e9
      ? grouped(value, decimals)
      : formatNumber(value);
  return { value: print(mean), bounds: `[${print(low)}, ${print(high)}]` };
}

/** Decimals that show three digits of the interval's width; undefined for an interval without a finite width. */
function decimalsFor({ low, high }: Interval): number | undefined {
  const width = high - low;
  return isNumber(width) && width > 0 ? 2 - Math.floor(Math.log10(width)) : undefined;
}

/** `1 h 4 min`, `1 min 23 s`, `4.2 s`. */
export function formatDuration(seconds: number): string {
  if (!isNumber(seconds)) return NONE;
  if (seconds < 60) return `${trimmed(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  return hours > 0 ? `${grouped(hours, 0)} h ${minutes} min` : `${minutes} min ${whole % 60} s`;
}

/** Milliseconds since 1970 as `2025-01-31 13:05 UTC`. */
export function formatTime(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? NONE : `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** A metric's name as words: `klToTeacher` → `KL to teacher`, `time/step` → `Time / step`. */
export function titleOf(name: string): string {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/[_-]+/g, ' ')
    .replace(/\s*\/\s*/g, ' / ')
    .trim()
    .split(/\s+/)
    .map((word) => (ACRONYMS.has(word.toLowerCase()) ? word.toUpperCase() : lowerUnlessAcronym(word)));
  const title = words.join(' ');
  return title === '' ? name : title.charAt(0).toUpperCase() + title.slice(1);
}

function lowerUnlessAcronym(word: string): string {
  return /^[A-Z][a-z]/.test(word) ? word.toLowerCase() : word;
}

/** Files may hold null or text where a number was not finite. */
function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

function signOfInfinity(value: unknown): string | undefined {
  return value === Infinity ? '∞' : value === -Infinity ? '−∞' : undefined;
}

function grouped(value: number, decimals: number): string {
  // Rounding must not leave a minus before a zero.
  const rounded = Number(value.toFixed(decimals)) === 0 ? 0 : value;
  return rounded
    .toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
    .replace('-', '−');
}

function exponential(value: number, digits: number): string {
  return trimmedMantissa(value.toExponential(digits - 1))
    .replace(/-/g, '−')
    .replace('e+', 'e');
}

function trimmedMantissa(text: string): string {
  const [mantissa = '', exponent = ''] = text.split('e');
  return `${trimmed(mantissa)}e${exponent}`;
}

function trimmed(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
