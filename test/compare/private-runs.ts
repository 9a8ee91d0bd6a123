import type { ComparedRun } from '../../src/compare/groups';
import type { Interval } from '../../src/core/results';
import type { Json } from '../../src/core/state';
import { runOf } from './example-runs';

const exactly = (mean: number): Interval => ({ mean, low: mean, high: mean, n: 1, method: 'bootstrap' });

/** A run of a method whose student has this accuracy, ε (none without a guarantee) and attack advantage. */
export function privateRun(
  of: { method: string; epsilon?: number; accuracy: number; advantage?: number },
  seed: number,
): ComparedRun {
  const { method, epsilon, accuracy, advantage } = of;
  const config: Record<string, Json> = { method };
  if (epsilon !== undefined) config.privacy = { epsilon };
  const run = runOf(
    config,
    seed,
    { teacher: accuracy, student: accuracy, baseline: 0.1 },
    { experiment: 'private', id: `${method}-${epsilon ?? 'none'}-s${seed}` },
  );
  const results = run.record.results!;
  const models = results.models.map((model) =>
    model.role === 'student'
      ? {
          ...model,
          metrics: {
            ...model.metrics,
            ...(epsilon === undefined ? {} : { 'privacy/epsilon': exactly(epsilon), 'privacy/delta': exactly(1e-5) }),
            ...(advantage === undefined ? {} : { 'attack/advantage': exactly(advantage) }),
          },
        }
      : model,
  );
  return { ...run, record: { ...run.record, results: { ...results, models } } };
}

/** Three methods and none: PATE at ε = 1 is beaten by DP-SGD, at 4 it is best. */
export const PRIVATE_RUNS: readonly ComparedRun[] = [0, 1, 2].flatMap((seed) => {
  const luck = [0, 0.01, -0.01][seed]!;
  return [
    ...[0.5, 1, 2, 4, 8].map((epsilon, i) =>
      privateRun(
        { method: 'dp-sgd', epsilon, accuracy: 0.8 + 0.03 * i + luck, advantage: 0.02 + 0.01 * i + luck / 2 },
        seed,
      ),
    ),
    privateRun({ method: 'pate', epsilon: 1, accuracy: 0.78 + luck, advantage: 0.05 }, seed),
    privateRun({ method: 'pate', epsilon: 4, accuracy: 0.93 + luck }, seed),
    privateRun({ method: 'dp-both', epsilon: 2, accuracy: 0.82 + luck, advantage: 0.03 }, seed),
    privateRun({ method: 'none', accuracy: 0.96 + luck, advantage: 0.2 + luck }, seed),
  ];
});
