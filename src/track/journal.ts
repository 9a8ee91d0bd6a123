import fs from 'node:fs';
import { KdlabError, messageOf } from '../core/errors';
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
  /** What the file held when it was opened: a long run must not keep every point that it logs. */
  private readonly known = new Map<string, number>();
  private readonly latest = { step: -1, values: new Map<string, number>() };
  mismatches = 0;
  /** Lines in the file. */
  lines = 0;

  /**
   * Opens or creates the file. A line torn by a crash is dropped. Throws KdlabError where it cannot be written, or holds
   * a line that is no metric line: somebody edited it, and what was there cannot be compared any more.
   */
  constructor(private readonly file: string) {
    try {
      this.fd = fs.openSync(file, 'a+');
      const text = fs.readFileSync(file, 'utf8');
      const whole = text.lastIndexOf('\n') + 1;
      if (whole < text.length) fs.truncateSync(file, Buffer.byteLength(text.slice(0, whole)));
      for (const [i, line] of text.slice(0, whole).split('\n').entries()) if (line !== '') this.recall(line, i + 1);
    } catch (error) {
      throw error instanceof KdlabError ? error : writeFailure(file, error);
    }
  }

  private recall(text: string, number: number): void {
    let line: MetricLine;
    try {
      line = JSON.parse(text) as MetricLine;
      if (!Number.isInteger(line.step) || typeof line.metrics !== 'object') throw new Error('no step or no metrics');
    } catch (error) {
      throw new KdlabError(
        `${this.file}, line ${number} is no metric line (${messageOf(error)}): was it edited? Repair or delete that line, then resume.`,
      );
    }
    for (const [name, value] of Object.entries(line.metrics)) this.known.set(`${line.step} ${name}`, Number(value));
    this.lines++;
  }

  /** Adds the metrics of a step, their names prefixed by the stage. */
  append(stage: string, step: number, metrics: Metrics): void {
    if (step !== this.latest.step) this.latest.values.clear();
    this.latest.step = step;
    const fresh: Record<string, number | 'NaN' | 'Infinity' | '-Infinity'> = {};
    for (const [name, value] of Object.entries(metrics)) {
      const key = `${stage}/${name}`;
      const before = this.known.get(`${step} ${key}`) ?? this.latest.values.get(key);
      if (before === undefined) fresh[key] = encodeNumber(value);
      else if (!Object.is(before, value) && !name.startsWith('time/')) this.mismatches++;
      this.latest.values.set(key, value);
    }
    if (Object.keys(fresh).length === 0) return;
    const line: MetricLine = { t: Date.now(), step, metrics: fresh };
    try {
      fs.writeSync(this.fd, `${JSON.stringify(line)}\n`);
      this.lines++;
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
