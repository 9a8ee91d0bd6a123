import { KdlabError, messageOf } from '../core/errors';
import { RunFolder } from '../run/folder';
import type { Sweep } from './definition';
import { promotable, rungShare } from './halving';
import type { ChildProgress, Job } from './messages';
import { type Ladder, readOutcome, rungScores, scoreOf } from './outcome';
import { type Child, SweepFolder, type SweepRecord, type Trial } from './record';
import { makeSampler, type Sampler, type Tried } from './samplers';
import { checkAxes, prepareRun, type Setting } from './settings';
import { type Ending, type RunningWorker, startWorker, type WorkerLimits } from './worker-process';

export interface ConductOptions {
  readonly runsDir: string;
  readonly workers: number;
  readonly limits: WorkerLimits;
  readonly dataDir?: string;
  readonly download: boolean;
  readonly command: string;
  /** Take up runs that failed before; otherwise they stay failed. */
  readonly retryFailed: boolean;
  /** Awaited once the sweep's record stands and no run has begun, and after the last one; they must not throw. */
  readonly begun?: (folder: SweepFolder) => Promise<void>;
  readonly ended?: (folder: SweepFolder) => Promise<void>;
  /** Told whenever something has changed. */
  readonly changed: (record: SweepRecord, progress: ReadonlyMap<string, ChildProgress>) => void;
  /** `abort` asks for checkpoints and an end; its reason `now` kills at once. */
  readonly signal: AbortSignal;
}

/**
 * Runs a sweep, or goes on with it: every setting once with every seed, each run in a process of its own. A run that
 * fails never stops the rest. Throws KdlabError, before anything runs, where the sweep is not valid.
 */
export async function conduct(sweep: Sweep, options: ConductOptions): Promise<SweepRecord> {
  checkAxes(sweep, options.runsDir);
  const folder = SweepFolder.of(options.runsDir, String(sweep.base.experiment), sweep.id);
  const unlock = folder.lock();
  try {
    return await new Conductor(sweep, folder, options).run();
  } finally {
    unlock();
  }
}

/** The settings that are known before anything has run; undefined where results choose them. */
export function foreseenSettings(sampler: Sampler): readonly Setting[] | undefined {
  return sampler.foreseeable ? Array.from({ length: sampler.count }, (_, i) => sampler.setting(i, [])) : undefined;
}

/** Where a child is going: the rung at which it halts, or to its end. */
interface Errand {
  readonly trial: number;
  readonly seed: number;
  readonly rung: number | undefined;
}

class Conductor {
  private readonly sampler: Sampler;
  private readonly ladder: (Ladder & { readonly stage: string }) | undefined;
  private readonly running = new Map<string, RunningWorker>();
  private readonly progress = new Map<string, ChildProgress>();
  private readonly stageSteps = new Map<string, number>();
  private readonly queue: Errand[] = [];
  private record: SweepRecord;

  constructor(
    private readonly sweep: Sweep,
    private readonly folder: SweepFolder,
    private readonly options: ConductOptions,
  ) {
    const { definition, base, id } = sweep;
    this.sampler = makeSampler(definition);
    this.ladder = 'asha' in definition.strategy ? definition.strategy.asha : undefined;
    if (this.ladder !== undefined && !definition.metric!.startsWith(`${this.ladder.stage}/`))
      throw new KdlabError(
        `${sweep.where}: asha halts in stage "${this.ladder.stage}", but its metric is ${definition.metric}; both must be of one stage`,
      );
    // Every configuration that is known is really parsed before the first one is trained.
    for (const setting of foreseenSettings(this.sampler) ?? [])
      for (const seed of definition.seeds) prepareRun(sweep, setting, seed, options.runsDir);
    const before = folder.exists() ? folder.read() : undefined;
    const now = Date.now();
    this.record = {
      schema: 1,
      id,
      experiment: String(base.experiment),
      name: definition.name,
      description: definition.description,
      status: 'RUNNING',
      startedAt: before?.startedAt ?? now,
      sessions: [...(before?.sessions ?? []), { startedAt: now, command: options.command }],
      definition,
      base,
      trials: before?.trials ?? [],
    };
  }

  async run(): Promise<SweepRecord> {
    const { signal } = this.options;
    const onAbort = () => {
      for (const worker of this.running.values()) signal.reason === 'now' ? worker.kill() : worker.stop();
    };
    signal.addEventListener('abort', onAbort);
    try {
      this.takeUp();
      this.save();
      await this.options.begun?.(this.folder);
      const ended = new Set<Promise<void>>();
      for (;;) {
        while (!signal.aborted && ended.size < this.options.workers) {
          const errand = this.nextErrand();
          if (errand === undefined) break;
          const done: Promise<void> = this.perform(errand).finally(() => ended.delete(done));
          ended.add(done);
        }
        if (ended.size === 0) break;
        await Promise.race(ended);
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
    this.save({ status: signal.aborted ? 'INTERRUPTED' : 'FINISHED', endedAt: Date.now() });
    await this.options.ended?.(this.folder);
    return this.record;
  }

  /** What the last session began and did not end comes first. */
  private takeUp(): void {
    for (const { number, children } of this.record.trials)
      for (const child of children) {
        // What is recorded as finished may have been deleted since.
        if (child.status === 'FINISHED' && isFinished(new RunFolder(this.folder.runFolder(child)))) continue;
        if (child.status === 'FAILED' && !this.options.retryFailed) continue;
        if (child.status === 'PAUSED' || child.run === '') continue;
        this.queue.push({ trial: number, seed: child.seed, rung: this.rungAfter(child.rungs?.length ?? 0) });
      }
  }

  private nextErrand(): Errand | undefined {
    const free = this.queue.findIndex(({ trial, seed }) => !this.running.has(this.childOf(trial, seed).run));
    if (free >= 0) return this.queue.splice(free, 1)[0];
    if (this.queue.length > 0) return undefined;
    const promoted = this.promote(false);
    if (promoted !== undefined) return promoted;
    if (this.record.trials.length < this.sampler.count) return this.begin();
    return this.running.size === 0 ? this.promote(true) : undefined;
  }

  /** Puts the children of a promoted trial into the queue. */
  private promote(closing: boolean): Errand | undefined {
    if (this.ladder === undefined) return undefined;
    const { goal } = this.sweep.definition;
    const climbers = this.record.trials.map(({ children }) => ({
      scores: rungScores(children, goal),
      busy: children.some(({ status }) => status !== 'PAUSED' && status !== 'FINISHED' && status !== 'FAILED'),
      failed: children.some(({ status }) => status === 'FAILED'),
    }));
    const number = promotable(climbers, { ...this.ladder, closing });
    if (number === undefined) return undefined;
    const rung = this.rungAfter(climbers[number]!.scores.length);
    for (const { seed } of this.record.trials[number]!.children) {
      this.update(number, seed, { status: 'WAITING' });
      this.queue.push({ trial: number, seed, rung });
    }
    this.save();
    return this.nextErrand();
  }

  private begin(): Errand | undefined {
    const { definition } = this.sweep;
    const number = this.record.trials.length;
    const tried = this.record.trials.map(
      ({ setting, children }): Tried => ({ setting, score: scoreOf(children, definition.goal) }),
    );
    const setting = this.sampler.setting(number, tried);
    const children = definition.seeds.map((seed) => this.newChild(setting, seed));
    this.record = { ...this.record, trials: [...this.record.trials, { number, setting, children }] };
    for (const { seed, status } of children)
      if (status === 'WAITING') this.queue.push({ trial: number, seed, rung: this.rungAfter(0) });
    return this.nextErrand();
  }

  /** A setting that results have chosen may be one that its configuration refuses: that child has failed. */
  private newChild(setting: Setting, seed: number): Child {
    try {
      return { seed, run: prepareRun(this.sweep, setting, seed, this.options.runsDir).id, status: 'WAITING' };
    } catch (error) {
      return { seed, run: '', status: 'FAILED', error: messageOf(error) };
    }
  }

  /** The rung at which a child halts that has reached so many; undefined where it goes to its end. */
  private rungAfter(reached: number): number | undefined {
    return this.ladder !== undefined && reached < this.ladder.rungs - 1 ? reached : undefined;
  }

  /** Whatever happens to a child is noted of it, and stays with it. */
  private async perform(errand: Errand): Promise<void> {
    try {
      await this.runChild(errand);
    } catch (error) {
      this.update(errand.trial, errand.seed, { status: 'FAILED', error: messageOf(error) });
      this.save();
    }
  }

  private async runChild({ trial, seed, rung }: Errand): Promise<void> {
    const { sweep, options, ladder } = this;
    const setting = this.trialOf(trial).setting;
    const { config, id, folder } = prepareRun(sweep, setting, seed, options.runsDir);
    let ending: Ending;
    const reused = isFinished(folder);
    if (reused) ending = { status: 'FINISHED' };
    else {
      const job: Job = {
        config,
        where: sweep.where,
        runsDir: options.runsDir,
        ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
        download: options.download,
        command: options.command,
        sweep: { id: sweep.id, name: sweep.definition.name, trial },
        ...(ladder === undefined || rung === undefined
          ? {}
          : {
              halt: {
                stage: ladder.stage,
                metric: sweep.definition.metric!.slice(ladder.stage.length + 1),
                share: rungShare(rung, ladder),
              },
            }),
      };
      const worker = startWorker(job, options.limits, (progress) => {
        this.progress.set(id, progress);
        if (progress.stage === ladder?.stage) this.stageSteps.set(id, progress.steps);
        options.changed(this.record, this.progress);
      });
      this.running.set(id, worker);
      this.update(trial, seed, { status: 'RUNNING' });
      this.save();
      ending = await worker.ended;
      this.running.delete(id);
      this.progress.delete(id);
    }
    await this.settle({ trial, seed, rung }, folder, ending, reused);
  }

  /** Notes what came of a child. */
  private async settle({ trial, seed }: Errand, folder: RunFolder, ending: Ending, reused: boolean): Promise<void> {
    const { metric } = this.sweep.definition;
    const steps = this.stageSteps.get(this.childOf(trial, seed).run);
    const outcome = await readOutcome(folder.path, { metric, ...this.ladderAnd(steps) });
    const known = this.childOf(trial, seed);
    const problem =
      ending.status === 'FAILED'
        ? ending.error
        : ending.status === 'FINISHED' && metric !== undefined && outcome.value === undefined
          ? `it never measured ${metric}, or what it measured last was not finite`
          : undefined;
    this.update(trial, seed, {
      ...outcome,
      status: problem === undefined ? ending.status : 'FAILED',
      ...(problem === undefined ? {} : { error: problem }),
      ...(reused && known.status === 'WAITING' && known.rungs === undefined ? { reused } : {}),
    });
    this.save();
  }

  private ladderAnd(steps: number | undefined): { ladder?: Ladder; steps?: number } {
    return {
      ...(this.ladder === undefined ? {} : { ladder: this.ladder }),
      ...(steps === undefined ? {} : { steps }),
    };
  }

  private trialOf(number: number): Trial {
    return this.record.trials[number]!;
  }

  private childOf(number: number, seed: number): Child {
    return this.trialOf(number).children.find((child) => child.seed === seed)!;
  }

  private update(number: number, seed: number, changes: Partial<Child>): void {
    const trials = this.record.trials.map((trial) => {
      if (trial.number !== number) return trial;
      const children = trial.children.map((child) => {
        if (child.seed !== seed) return child;
        const { error: _, ...rest } = child;
        return { ...rest, ...changes };
      });
      return { ...trial, children };
    });
    this.record = { ...this.record, trials };
  }

  private save(changes: Partial<SweepRecord> = {}): void {
    this.record = { ...this.record, ...changes };
    this.folder.write(this.record);
    this.options.changed(this.record, this.progress);
  }
}

function isFinished(folder: RunFolder): boolean {
  return folder.exists() && folder.read().status === 'FINISHED';
}
