import fs from 'node:fs';
import { writeFailure } from '../core/files';
import type { Metrics } from '../core/types';
import type { MetricLine } from '../run/record';

/**
 * `metrics.jsonl`: append-only, one line a step. A resumed run computes again what followed its last checkpoint;
 * points already written are not written twice, but compared: `mismatches` counts those that came out different,
 * which on one machine and engine must be none.
 */
export class Journal {
  private readonly fd: number;
  private readonly known = new Map<string, number>();
  mismatches = 0;

  /** Opens or creates the file. A line torn by a crash is dropped. Throws KdlabError where it cannot be written. */
  constructor(private readonly file: string) {
    try {
      this.fd = fs.openSync(file, 'a+');
      const text = fs.readFileSync(file, 'utf8');
      const whole = text.lastIndexOf('\n') + 1;
      if (whole < text.length) fs.truncateSync(file, Buffer.byteLength(text.slice(0, whole)));
      for (const line of text.slice(0, whole).split('\n').filter(Boolean)) {
        const { step, metrics } = JSON.parse(line) as MetricLine;
        for (const [name, value] of Object.entries(metrics)) this.known.set(`${step} ${name}`, Number(value));
      }
    } catch (error) {
      throw writeFailure(file, error);
    }
  }

  /** Adds the metrics of a step, their names prefixed by the stage. */
  append(stage: string, step: number, metrics: Metrics): void {
    const fresh: Record<string, number | 'NaN' | 'Infinity' | '-Infinity'> = {};
    for (const [name, value] of Object.entries(metrics)) {
      const key = `${stage}/${name}`;
      const before = this.known.get(`${step} ${key}`);
      if (before === undefined) fresh[key] = encodeNumber(value);
      else if (!Object.is(before, value) && !name.startsWith('time/')) this.mismatches++;
      this.known.set(`${step} ${key}`, value);
    }
    if (Object.keys(fresh).length === 0) return;
    const line: MetricLine = { t: Date.now(), step, metrics: fresh };
    try {
      fs.writeSync(this.fd, `${JSON.stringify(line)}\n`);
    } catch (error) {
      throw writeFailure(this.file, error);
    }
  }

  /** Waits until everything is on the disk: before a checkpoint that lies behind it. */
  sync(): void {
    try {
      fs.fsyncSync(this.fd);
    } catch (error) {
      // Devices and pipes cannot be synced; a disk that can, but fails, must be heard of.
      if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw writeFailure(this.file, error);
    }
  }

  close(): void {
    fs.closeSync(this.fd);
  }
}

function encodeNumber(value: number): number | 'NaN' | 'Infinity' | '-Infinity' {
  return Number.isFinite(value) ? value : (String(value) as 'NaN' | 'Infinity' | '-Infinity');
}
