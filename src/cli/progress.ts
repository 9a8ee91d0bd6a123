import { Presets, SingleBar } from 'cli-progress';
import type { Stage } from '../core/trainer';
import type { Metrics } from '../core/types';
import type { Reporter } from '../run/execute';

/** Shown beside the bar, in this order, where a stage measures them. */
const SHOWN = ['loss', 'meanReturn', 'validationReturn', 'validationError', 'envSteps'];

/** A progress bar with time left and live metrics, for a terminal. */
export class BarReporter implements Reporter {
  private bar: SingleBar | undefined;
  private shown: Record<string, number> = {};

  note(message: string): void {
    // Takes the place of the bar, which draws itself again below.
    process.stderr.write(`\r\u001b[K  ${message}\n`);
  }

  stageStarted(stage: Stage, index: number, total: number, from: number): void {
    process.stderr.write(`[${index}/${total}] ${stage.title}\n`);
    this.shown = {};
    this.bar = new SingleBar(
      {
        format: '  {bar} {percentage}% · {value}/{total} · {eta_formatted} left · {live}',
        hideCursor: true,
        clearOnComplete: false,
        fps: 8,
        etaBuffer: 200,
        gracefulExit: false,
      },
      Presets.rect,
    );
    this.bar.start(stage.steps, from, { live: '' });
  }

  step(_stage: Stage, step: number, metrics: Metrics | undefined): void {
    Object.assign(this.shown, metrics);
    this.bar?.update(step, metrics === undefined ? undefined : { live: describe(this.shown) });
  }

  stageEnded(): void {
    this.bar?.stop();
    this.bar = undefined;
  }
}

/** A line now and then, for pipes and log files. */
export class LineReporter implements Reporter {
  private started = 0;
  private from = 0;
  private last = 0;
  private shown: Record<string, number> = {};

  constructor(private readonly out: NodeJS.WritableStream) {}

  note(message: string): void {
    this.out.write(`${message}\n`);
  }

  stageStarted(stage: Stage, index: number, total: number, from: number): void {
    this.started = this.last = performance.now();
    this.from = from;
    this.shown = {};
    this.out.write(
      `[${index}/${total}] ${stage.title}: ${from > 0 ? `from step ${from} of` : ''} ${stage.steps} steps\n`.replace(
        ':  ',
        ': ',
      ),
    );
  }

  step(stage: Stage, step: number, metrics: Metrics | undefined): void {
    Object.assign(this.shown, metrics);
    const now = performance.now();
    if (now - this.last < 5000) return;
    this.last = now;
    const left = ((now - this.started) / 1000 / (step - this.from)) * (stage.steps - step);
    this.out.write(`  step ${step}/${stage.steps} · ${Math.round(left)} s left · ${describe(this.shown)}\n`);
  }

  stageEnded(_stage: Stage, step: number): void {
    const seconds = (performance.now() - this.started) / 1000;
    this.out.write(`  done at step ${step} in ${seconds.toFixed(1)} s · ${describe(this.shown)}\n`);
  }
}

function describe(metrics: Readonly<Record<string, number>>): string {
  return SHOWN.filter((name) => metrics[name] !== undefined)
    .map((name) => `${name} ${Number(metrics[name]!.toPrecision(4))}`)
    .join(' · ');
}
