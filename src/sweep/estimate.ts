import { train } from '../core/trainer';
import { selectEngine } from '../engine/engine';
import { Rng } from '../math/rng';
import { quantile } from '../math/statistics';
import { buildPlan, type ExecuteOptions } from '../run/execute';
import { listRuns } from '../run/folder';
import type { Prepared } from '../run/prepare';
import type { Definition } from './definition';
import { rungShare } from './halving';

/** What one run is expected to take, and how that is known. */
export interface Estimate {
  readonly secondsPerRun: number;
  readonly basis: string;
}

/** The median time of finished runs of the same name, made with as many cores; undefined where there is none. */
export function estimateFromRuns({ base }: Prepared, runsDir: string, cores: number): Estimate | undefined {
  const seconds = listRuns(runsDir)
    .map((folder) => folder.read())
    .filter(({ name, status, hardware }) => name === base.name && status === 'FINISHED' && hardware.cores === cores)
    .map((record) => record.seconds);
  if (seconds.length === 0) return undefined;
  const runs = seconds.length === 1 ? 'one finished run' : `the median of ${seconds.length} finished runs`;
  return { secondsPerRun: quantile(seconds, 0.5), basis: `${runs} of ${base.name} in ${runsDir}` };
}

/** How long a probe trains a stage. */
const PROBE_SECONDS = 1.5;
const PROBE_STEPS = 200;

/**
 * Trains a little of every stage of one configuration, writing nothing to a run folder, and extends the time a step took
 * to all steps. What evaluation costs at the end is not in it.
 */
export async function estimateByProbe(
  prepared: Prepared,
  options: Pick<ExecuteOptions, 'dataDir' | 'download'>,
): Promise<Estimate> {
  await selectEngine(prepared.base.engine);
  const began = performance.now();
  const plan = await buildPlan(prepared, { ...options, notify: () => undefined });
  let total = (performance.now() - began) / 1000;
  for (const stage of plan.stages) {
    let first = 0;
    let steps = 0;
    await train(stage, {
      rng: Rng.root(prepared.base.seed).split(`stage/${stage.randomness ?? stage.name}`),
      logEvery: prepared.base.logEvery,
      onMetrics: () => undefined,
      // The first step carries what is done once; it is not extended.
      onStep: (step) => {
        steps = step;
        if (step === 1) first = performance.now();
      },
      checkpoint: () => undefined,
      interrupted: () => steps >= PROBE_STEPS || (steps > 1 && performance.now() - first > PROBE_SECONDS * 1000),
    });
    total += ((performance.now() - first) / 1000 / Math.max(1, steps - 1)) * stage.steps;
  }
  return { secondsPerRun: total, basis: `a probe of up to ${PROBE_STEPS} steps a stage; evaluation is not counted` };
}

/**
 * How many whole runs a sweep amounts to at most. Successive halving stops most of its runs early: with shares of the
 * budget, but with a stage before the halted one (a teacher) each run costs more than its share.
 */
export function wholeRuns({ strategy, seeds }: Definition, settings: number): number {
  if (!('asha' in strategy)) return settings * seeds.length;
  const { eta, rungs } = strategy.asha;
  let sum = 0;
  let alive = settings;
  let before = 0;
  for (let rung = 0; rung < rungs && alive > 0; rung++) {
    const share = rungShare(rung, strategy.asha);
    sum += alive * (share - before);
    before = share;
    alive = Math.max(1, Math.floor(alive / eta));
  }
  return sum * seeds.length;
}
