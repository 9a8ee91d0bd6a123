import type { ComparedRun } from '../../src/compare/groups';
import type { Interval, ModelResult } from '../../src/core/results';
import type { Json } from '../../src/core/state';
import { record, results } from '../report/example-run';

const interval = (mean: number): Interval => ({ mean, low: mean - 1, high: mean + 1, n: 100, method: 'bootstrap' });

/** A run of the example with these returns, and curves that end at them. */
export function runOf(
  config: Record<string, Json>,
  seed: number,
  returns: { teacher: number; student: number; reference?: number; baseline: number },
  more: Partial<ComparedRun['record']> = {},
): ComparedRun {
  const models = results.models.map(
    (model): ModelResult => ({ ...model, metrics: { return: interval(returns[model.role] ?? 0) } }),
  );
  const curve = (end: number) =>
    Array.from({ length: 20 }, (_, i) => ({ step: 10 * i, value: (end * (i + 1 + (seed % 3) * 0.2)) / 20 }));
  return {
    record: {
      ...record,
      id: `example-s${seed}-${JSON.stringify(config).length}`,
      config: { name: 'example', ...config, seed },
      name: 'example',
      seed,
      results: { ...results, models },
      ...more,
    },
    curves: new Map([
      ['student/return', curve(returns.student)],
      ['baseline/return', curve(returns.baseline)],
      ['student/learningRate', curve(1)],
    ]),
  };
}

/** Two settings over five seeds: the second is better by 5 on every seed, but for noise; baselines are far below. */
export const RUNS: readonly ComparedRun[] = [0, 1, 2, 3, 4].flatMap((seed) => {
  const luck = [0, 40, -30, 15, -20][seed]!;
  const noise = [0.5, -0.3, 0.1, 0.4, -0.6][seed]!;
  return [
    runOf({ student: { temperature: 1 } }, seed, { teacher: 495, student: 440 + luck, baseline: 200 + luck }),
    runOf({ student: { temperature: 4 } }, seed, { teacher: 495, student: 445 + luck + noise, baseline: 200 + luck }),
  ];
});
