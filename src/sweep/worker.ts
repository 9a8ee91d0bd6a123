import { KdlabError, messageOf } from '../core/errors';
import type { Stage } from '../core/trainer';
import type { Metrics } from '../core/types';
import { execute, type Reporter } from '../run/execute';
import { prepare } from '../run/prepare';
import type { FromWorker, Job, ToWorker } from './messages';

/*
 * A process of its own for one run, on the same path as `kdlab run`. It is started with a channel to its parent; where
 * that closes, because the parent was killed, it writes a checkpoint and stops.
 */

const PROGRESS_MS = 250;

let stopped = false;
const stop = () => {
  stopped = true;
};
process.on('SIGINT', stop).on('SIGTERM', stop).on('disconnect', stop);

const tell = (message: FromWorker): void => {
  if (process.connected) process.send?.(message);
};

/** Reports progress, and asks for a halt once the job's rung is reached. */
class Watcher implements Reporter {
  halted = false;
  private last = 0;
  private place = { index: 0, stages: 0 };

  constructor(private readonly halt: Job['halt']) {}

  note(): void {}

  stageStarted(stage: Stage, index: number, stages: number, from: number): void {
    this.place = { index, stages };
    this.report(stage, from);
  }

  step(stage: Stage, step: number, metrics: Metrics | undefined): void {
    const { halt } = this;
    if (halt !== undefined && stage.name === halt.stage && step < stage.steps && step >= halt.share * stage.steps)
      this.halted ||= metrics?.[halt.metric] !== undefined;
    if (performance.now() - this.last > PROGRESS_MS) this.report(stage, step);
  }

  stageEnded(stage: Stage, step: number): void {
    this.report(stage, step);
  }

  private report(stage: Stage, step: number): void {
    this.last = performance.now();
    tell({ kind: 'progress', progress: { stage: stage.name, ...this.place, step, steps: stage.steps } });
  }
}

async function run(job: Job): Promise<void> {
  const watcher = new Watcher(job.halt);
  try {
    const { record } = await execute(prepare(job.config, { runsDir: job.runsDir, where: job.where }), {
      reporter: watcher,
      command: job.command,
      ...(job.dataDir === undefined ? {} : { dataDir: job.dataDir }),
      download: job.download,
      ...(job.sweep === undefined ? {} : { sweep: job.sweep }),
      interrupted: () => stopped || watcher.halted,
    });
    tell({ kind: 'ended', status: record.status, halted: watcher.halted && !stopped });
  } catch (error) {
    const unexpected = error instanceof Error && !(error instanceof KdlabError);
    tell({ kind: 'failed', message: unexpected ? (error.stack ?? error.message) : messageOf(error) });
  }
  // What the message holds has been handed to the system; the channel would keep this process alive.
  process.disconnect?.();
}

process.on('message', (message: ToWorker) => {
  if (message.kind === 'stop') stop();
  else void run(message.job);
});
tell({ kind: 'ready' });
