import type { ChildProgress } from '../sweep/messages';
import type { Child, SweepRecord } from '../sweep/record';
import { headline, shareDone, trialTable } from './sweep-table';

/** Shows how a sweep goes. */
export interface SweepDisplay {
  changed(record: SweepRecord, progress: ReadonlyMap<string, ChildProgress>): void;
  note(message: string): void;
  end(): void;
}

/** A table that is drawn again in place on a terminal; plain lines elsewhere. */
export function makeDisplay(
  out: NodeJS.WritableStream & { isTTY?: boolean; rows?: number; columns?: number },
  total: number,
  workers: number,
): SweepDisplay {
  const clock = new Clock(total, workers);
  return out.isTTY === true ? new LiveTable(out, total, clock) : new PlainLines(out, total, clock);
}

/** The time left, from what runs of this session have taken, or from how far the first ones are. */
class Clock {
  private readonly began = performance.now();
  private readonly started = new Map<string, number>();
  private readonly took: number[] = [];

  constructor(
    private readonly total: number,
    private readonly workers: number,
  ) {}

  /** Seconds; undefined while nothing can be said. */
  left(record: SweepRecord, progress: ReadonlyMap<string, ChildProgress>): number | undefined {
    const now = performance.now();
    const children = record.trials.flatMap((trial) => trial.children);
    for (const { run, status } of children) {
      const start = this.started.get(run);
      if (status === 'RUNNING') this.started.set(run, start ?? now);
      else if (start !== undefined) {
        if (status === 'FINISHED' || status === 'PAUSED') this.took.push((now - start) / 1000);
        this.started.delete(run);
      }
    }
    const shares = [...progress.values()].reduce((sum, each) => sum + shareDone(each), 0);
    const each =
      this.took.length > 0
        ? this.took.reduce((a, b) => a + b, 0) / this.took.length
        : shares > 0.05
          ? (((now - this.began) / 1000) * this.started.size) / shares
          : undefined;
    if (each === undefined) return undefined;
    const over = children.filter(({ status }) => status !== 'RUNNING' && status !== 'WAITING').length;
    return (Math.max(0, this.total - over - shares) * each) / this.workers;
  }
}

const FRAME_MS = 200;

class LiveTable implements SweepDisplay {
  private drawn = 0;
  private last = 0;
  private latest: { record: SweepRecord; progress: ReadonlyMap<string, ChildProgress> } | undefined;

  constructor(
    private readonly out: NodeJS.WritableStream & { rows?: number; columns?: number },
    private readonly total: number,
    private readonly clock: Clock,
  ) {}

  changed(record: SweepRecord, progress: ReadonlyMap<string, ChildProgress>): void {
    this.latest = { record, progress };
    if (performance.now() - this.last < FRAME_MS) return;
    this.last = performance.now();
    this.draw();
  }

  note(message: string): void {
    this.erase();
    this.out.write(`${message}\n`);
    this.draw();
  }

  end(): void {
    this.erase();
  }

  private draw(): void {
    if (this.latest === undefined) return;
    const { record, progress } = this.latest;
    const [rows, columns] = [this.out.rows ?? 24, this.out.columns ?? 80];
    const text = `${trialTable(record, progress, Math.max(3, rows - 5))}\n${headline(record, this.total, this.clock.left(record, progress))}`;
    // A line that wraps would not be erased whole.
    const lines = text.split('\n').map((line) => [...line].slice(0, columns - 1).join(''));
    this.erase();
    this.out.write(`${lines.join('\n')}\n`);
    this.drawn = lines.length;
  }

  private erase(): void {
    if (this.drawn > 0) this.out.write(`\u001b[${this.drawn}A\u001b[0J`);
    this.drawn = 0;
  }
}

/** A line for each run that begins and ends, and the state of all now and then. */
class PlainLines implements SweepDisplay {
  private readonly seen = new Map<string, Child['status']>();
  private last = performance.now();

  constructor(
    private readonly out: NodeJS.WritableStream,
    private readonly total: number,
    private readonly clock: Clock,
  ) {}

  changed(record: SweepRecord, progress: ReadonlyMap<string, ChildProgress>): void {
    const left = this.clock.left(record, progress);
    for (const { number, children } of record.trials)
      for (const child of children) {
        const key = `${number} ${child.seed}`;
        const before = this.seen.get(key) ?? 'WAITING';
        this.seen.set(key, child.status);
        if (before === child.status || child.status === 'WAITING') continue;
        const { run, status, reused, error, value } = child;
        const what = reused === true ? 'finished before' : status.toLowerCase();
        this.out.write(
          `setting ${number}, seed ${child.seed}: ${what}${status === 'FINISHED' && value !== undefined ? `, ${record.definition.metric} ${value}` : ''}` +
            `${error === undefined ? '' : `: ${error.split('\n')[0]}`} (${run})\n`,
        );
      }
    if (performance.now() - this.last < 10_000) return;
    this.last = performance.now();
    this.out.write(`${headline(record, this.total, left)}\n`);
  }

  note(message: string): void {
    this.out.write(`${message}\n`);
  }

  end(): void {}
}
