import { attackMetrics, attackModel } from '../../privacy/attacks/evaluate';
import { meanLossAdvantage } from '../../privacy/attacks/threshold';
import { exactly, type Interval } from '../../src/core/results';
import type { Model } from '../../src/core/types';
import type { ImageDataset } from '../../src/data/dataset';
import { predict } from '../../src/evaluate/classification';
import { Rng } from '../../src/math/rng';

/** Examples of either kind that an attack is judged on, at most. */
const MOST = 2000;

/**
 * What attacks by thresholds find of a model's training examples, told from as many test examples: the metrics of
 * `attackMetrics` and that of the mean training loss. `members` are training examples of the model, or of its teacher for what
 * it inherited. A few forward passes and no shadow networks: stronger attacks are those of the experiment `membership`.
 */
export function thresholdAttacks(model: Model, dataset: ImageDataset, members: Int32Array): Record<string, Interval> {
  const { inputShape, train, test } = dataset;
  const count = Math.min(MOST, members.length, test.count);
  const target = {
    members: predict(model, train, { inputShape, indices: chosen(members, count) }),
    others: predict(model, test, {
      inputShape,
      indices: chosen(
        Int32Array.from({ length: test.count }, (_, i) => i),
        count,
      ),
    }),
  };
  return {
    ...attackMetrics(attackModel(target)),
    'attack/meanLoss/advantage': exactly(meanLossAdvantage(target)),
  };
}

/** `count` of the numbers, always the same ones, in no order: labels often go round, and even distances would favour some. */
function chosen(ids: Int32Array, count: number): Int32Array {
  return Rng.root(0)
    .split('attacked')
    .permutation(ids.length)
    .slice(0, count)
    .map((i) => ids[i]!);
}
