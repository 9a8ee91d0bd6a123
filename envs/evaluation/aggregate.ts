import type { Interval } from '../../src/core/results';
import type { Rng } from '../../src/math/rng';
import { interquartileMean, mean, quantile } from '../../src/math/statistics';

/** Scores of one method: for each task those of its training runs, one a seed. Tasks may have different numbers. */
export type Scores = Readonly<Record<string, readonly number[]>>;

/** A number made of all scores of a method. */
export type Aggregate = (scores: Scores) => number;

const all = (scores: Scores): number[] => Object.values(scores).flat();

/**
 * The aggregates of Agarwal et al., "Deep Reinforcement Learning at the Edge of the Statistical Precipice", 2021
 * (arXiv:2108.13264): interquartile mean over all runs of all tasks, mean over tasks, median over tasks of the mean over
 * runs, and the optimality gap, by how much runs fall short of 1 on average.
 */
export const aggregates: Readonly<Record<'iqm' | 'mean' | 'median' | 'optimalityGap', Aggregate>> = {
  iqm: (scores) => interquartileMean(all(scores)),
  mean: (scores) => mean(Object.values(scores).map((runs) => mean(runs))),
  median: (scores) =>
    quantile(
      Object.values(scores).map((runs) => mean(runs)),
      0.5,
    ),
  optimalityGap: (scores) => mean(all(scores).map((score) => 1 - Math.min(score, 1))),
};

/**
 * An aggregate with its 95 % percentile interval by stratified bootstrap: runs are drawn again with replacement within
 * each task, so that every resample has every task. One run a task gives an interval without width.
 */
export function stratified(
  scores: Scores,
  aggregate: Aggregate,
  { rng, resamples = 2000 }: { rng: Rng; resamples?: number },
): Interval {
  return intervalOf([scores], ([resampled]) => aggregate(resampled!), { rng, resamples });
}

/**
 * Probability that a run of `a` scores higher than one of `b` on the same task, averaged over the tasks that both have:
 * Mann-Whitney's U over the number of pairs, ties counted by half. With its stratified bootstrap interval. Throws
 * RangeError where they have no task in common.
 */
export function probabilityOfImprovement(
  a: Scores,
  b: Scores,
  { rng, resamples = 2000 }: { rng: Rng; resamples?: number },
): Interval {
  const tasks = Object.keys(a).filter((task) => b[task] !== undefined);
  if (tasks.length === 0) throw new RangeError('a probability of improvement needs a task that both methods have');
  const common = (scores: Scores) => Object.fromEntries(tasks.map((task) => [task, scores[task]!]));
  const probability = (x: Scores, y: Scores) => mean(tasks.map((task) => mannWhitney(x[task]!, y[task]!)));
  return intervalOf([common(a), common(b)], ([x, y]) => probability(x!, y!), { rng, resamples });
}

function mannWhitney(x: readonly number[], y: readonly number[]): number {
  let wins = 0;
  for (const one of x) for (const other of y) wins += one > other ? 1 : one === other ? 0.5 : 0;
  return wins / (x.length * y.length);
}

export interface ProfilePoint extends Interval {
  readonly threshold: number;
}

/** The performance profile: for each threshold the part of runs that score above it, averaged over tasks. */
export function performanceProfile(
  scores: Scores,
  thresholds: readonly number[],
  { rng, resamples = 500 }: { rng: Rng; resamples?: number },
): ProfilePoint[] {
  return thresholds.map((threshold) => ({
    threshold,
    ...stratified(scores, (given) => mean(Object.values(given).map((runs) => above(runs, threshold))), {
      rng,
      resamples,
    }),
  }));
}

function above(runs: readonly number[], threshold: number): number {
  return runs.filter((score) => score > threshold).length / runs.length;
}

function intervalOf(
  methods: readonly Scores[],
  statistic: (methods: readonly Scores[]) => number,
  { rng, resamples }: { rng: Rng; resamples: number },
): Interval {
  const stream = rng.stream();
  const again = (runs: readonly number[]) => runs.map(() => runs[stream.integer(runs.length)]!);
  const resampled = (scores: Scores) =>
    Object.fromEntries(Object.entries(scores).map(([task, runs]) => [task, again(runs)]));
  const estimates = Array.from({ length: resamples }, () => statistic(methods.map(resampled)));
  return {
    mean: statistic(methods),
    low: quantile(estimates, 0.025),
    high: quantile(estimates, 0.975),
    n: methods.reduce((sum, scores) => sum + all(scores).length, 0),
    method: 'bootstrap',
  };
}
