import { readJournal } from '../report/journal';
import { RunFolder } from '../run/folder';
import { rungShare } from './halving';
import type { Child, SweepRecord, Trial } from './record';

/** What a run's folder says of its metric: the last value, and with a ladder the value at each rung it has reached. */
export interface Outcome {
  readonly seconds: number;
  readonly value?: number;
  readonly rungs?: readonly (number | null)[];
}

export interface Ladder {
  readonly eta: number;
  readonly rungs: number;
}

/**
 * Reads the outcome of a run that has stopped. `steps` is what the metric's stage would come to; a finished run has
 * reached every rung, another one those at which it has measured the metric.
 */
export async function readOutcome(
  folder: string,
  { metric, ladder, steps }: { metric: string | undefined; ladder?: Ladder; steps?: number },
): Promise<Outcome> {
  if (!new RunFolder(folder).exists()) return { seconds: 0 };
  const { record, metrics } = await readJournal(folder);
  const points = metric === undefined ? [] : (metrics.get(metric) ?? []);
  const last = points.at(-1)?.value;
  const finished = record.status === 'FINISHED';
  const stage = metric?.split('/')[0];
  // A finished run's stage ended at the last step it logged.
  const whole = steps ?? (finished ? lastStep(metrics, `${stage}/`) : undefined);
  const reached =
    ladder === undefined || whole === undefined
      ? undefined
      : Array.from({ length: ladder.rungs }, (_, rung) =>
          rung === ladder.rungs - 1
            ? finished
              ? last
              : undefined
            : points.find(({ step }) => step >= rungShare(rung, ladder) * whole)?.value,
        );
  const gap = reached?.indexOf(undefined) ?? -1;
  return {
    seconds: record.seconds,
    ...(last !== undefined && Number.isFinite(last) ? { value: last } : {}),
    ...(reached === undefined
      ? {}
      : {
          rungs: (gap < 0 ? reached : reached.slice(0, gap)).map((value) => (Number.isFinite(value) ? value! : null)),
        }),
  };
}

function lastStep(metrics: ReadonlyMap<string, readonly { step: number }[]>, prefix: string): number | undefined {
  const steps = [...metrics].flatMap(([key, points]) => (key.startsWith(prefix) ? [points.at(-1)!.step] : []));
  return steps.length === 0 ? undefined : Math.max(...steps);
}

/** A trial's score: the mean of its children's values, less being better; undefined until all have one. */
export function scoreOf(children: readonly Child[], goal: 'minimize' | 'maximize'): number | undefined {
  const values = children.map(({ status, value }) => (status === 'FINISHED' ? value : undefined));
  if (values.some((value) => value === undefined)) return undefined;
  const mean = values.reduce<number>((sum, value) => sum + value!, 0) / values.length;
  return goal === 'minimize' ? mean : -mean;
}

/** A trial's score at each rung that all its children have reached; infinite where a value was not finite. */
export function rungScores(children: readonly Child[], goal: 'minimize' | 'maximize'): number[] {
  const reached = Math.min(...children.map(({ rungs }) => rungs?.length ?? 0));
  return Array.from({ length: reached }, (_, rung) => {
    const values = children.map(({ rungs }) => rungs![rung]!);
    if (values.some((value) => value === null)) return Infinity;
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return goal === 'minimize' ? mean : -mean;
  });
}

/** The trial with the best mean of the metric over its seeds; undefined without a metric. */
export function bestTrial({ trials, definition }: SweepRecord): Trial | undefined {
  let best: { trial: Trial; score: number } | undefined;
  if (definition.metric === undefined) return undefined;
  for (const trial of trials) {
    const score = scoreOf(trial.children, definition.goal);
    if (score !== undefined && score < (best?.score ?? Infinity)) best = { trial, score };
  }
  return best?.trial;
}

/** The mean of a trial's metric over the seeds that have one. */
export function meanValue(children: readonly Child[]): number | undefined {
  const values = children.flatMap(({ value }) => value ?? []);
  return values.length === 0 ? undefined : values.reduce((a, b) => a + b, 0) / values.length;
}
