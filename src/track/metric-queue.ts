import fs from 'node:fs';
import type { MetricPoint } from '../mlflow';
import type { MetricLine } from '../run/record';

/** Bytes read at once: about two requests' worth of points, and a few milliseconds of the training's time. */
const CHUNK = 128 * 1024;

/** A stretch of `metrics.jsonl` that is still to be delivered. */
export interface Stretch {
  readonly points: readonly MetricPoint[];
  /** Byte offset behind its last whole line. */
  readonly end: number;
  /** Byte offsets of lines that are not JSON of the documented form. */
  readonly damaged: readonly number[];
}

/**
 * The whole lines of `metrics.jsonl` from a byte offset on, at most about 128 KiB of them; undefined where there are
 * none. A last line without its newline is still being written and left alone. The offset must be a line's start;
 * where it is not (the file was cut by a crash), reading begins again at 0: points carry fixed times, so that a server
 * that has them stores nothing twice. Nothing behind `limit` is read.
 */
export function readStretch(file: string, offset: number, limit = Number.POSITIVE_INFINITY): Stretch | undefined {
  if (!fs.existsSync(file)) return undefined;
  const fd = fs.openSync(file, 'r');
  try {
    const size = Math.min(fs.fstatSync(fd).size, limit);
    const start = startsLine(fd, offset, size) ? offset : 0;
    for (let length = CHUNK; ; length *= 2) {
      const bytes = Buffer.alloc(Math.max(0, Math.min(length, size - start)));
      const read = fs.readSync(fd, bytes, 0, bytes.length, start);
      const whole = bytes.subarray(0, read).lastIndexOf(0x0a) + 1;
      if (whole > 0) return parse(bytes.subarray(0, whole), start);
      if (start + length >= size) return undefined;
    }
  } finally {
    fs.closeSync(fd);
  }
}

/** The stretches from one byte offset to another. */
export function* stretches(file: string, offset: number, limit?: number): Generator<Stretch> {
  let at = offset;
  for (let found = readStretch(file, at, limit); found !== undefined; found = readStretch(file, at, limit)) {
    yield found;
    at = found.end;
  }
}

/** How many metric points lie behind an offset. */
export function countPending(file: string, offset: number): number {
  let count = 0;
  for (const { points } of stretches(file, offset)) count += points.length;
  return count;
}

function startsLine(fd: number, offset: number, size: number): boolean {
  if (offset === 0) return true;
  if (offset > size) return false;
  const before = Buffer.alloc(1);
  fs.readSync(fd, before, 0, 1, offset - 1);
  return before[0] === 0x0a;
}

function parse(bytes: Buffer, start: number): Stretch {
  const points: MetricPoint[] = [];
  const damaged: number[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = bytes.indexOf(0x0a, at);
    const text = bytes.toString('utf8', at, end);
    if (text !== '') {
      const line = pointsOf(text);
      if (line === undefined) damaged.push(start + at);
      else points.push(...line);
    }
    at = end + 1;
  }
  return { points, end: start + bytes.length, damaged };
}

function pointsOf(text: string): MetricPoint[] | undefined {
  try {
    const { t, step, metrics } = JSON.parse(text) as MetricLine;
    if (!Number.isInteger(t) || !Number.isInteger(step)) return undefined;
    return Object.entries(metrics).map(([key, value]) => ({ key, value: Number(value), timestamp: t, step }));
  } catch {
    return undefined;
  }
}
