import * as tf from '@tensorflow/tfjs';
import { decisions } from '../../graphs/evaluate/accuracy';
import { layouts } from '../../graphs/evaluate/embedding';
import type { Confusion, ModelResult, Scatter } from '../../src/core/results';
import type { Batch, Model } from '../../src/core/types';
import type { Predictions } from '../../src/evaluate/classification';
import { Rng } from '../../src/math/rng';
import { roleNames } from './role-names';

type Role = ModelResult['role'];

/** What each model takes the test nodes for. */
export function confusionDrawing(
  judged: readonly { readonly role: Role; readonly predictions: Predictions }[],
): Confusion {
  const { classes } = judged[0]!.predictions;
  return {
    kind: 'confusion',
    title: 'Confusion of classes on the test nodes',
    classes: classNames(classes),
    panels: judged.map(({ role, predictions: { logits, labels } }) => {
      const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
      decisions(logits, classes).forEach((decided, i) => {
        counts[labels[i]!]![decided]!++;
      });
      return { title: roleNames[role], role, counts };
    }),
  };
}

/** The last hidden layer of each model at test nodes chosen alike in every run, in the plane. */
export function embeddingDrawing(
  models: readonly { readonly role: Role; readonly model: Model }[],
  { batch, labels, nodes, count }: { batch: Batch; labels: Int32Array; nodes: Int32Array; count: number },
): Scatter {
  const rng = Rng.root(0).split('embedding');
  const chosen = Array.from(rng.permutation(nodes.length).subarray(0, count), (at) => nodes[at]!).sort((a, b) => a - b);
  return {
    kind: 'scatter',
    title: 'Last hidden layer at test nodes',
    classes: classNames(models[0]!.model.classes),
    panels: models.flatMap(({ role, model }) => {
      const { values, columns } = hiddenRows(model, batch, chosen);
      return layouts(values, columns, rng).map(({ method, points, share }) => ({
        title: `${roleNames[role]}, ${method}${share === undefined ? '' : `, ${Math.round(100 * share)} % of the variance`}`,
        points: points.map(([x, y], i) => [rounded(x), rounded(y), labels[chosen[i]!]!] as const),
      }));
    }),
  };
}

/** Rows of the last hidden tap, or of the logits where there is none. */
function hiddenRows(model: Model, batch: Batch, nodes: readonly number[]): { values: Float32Array; columns: number } {
  return tf.tidy(() => {
    const { logits, taps } = model.forward(batch, { training: false });
    const last = model.taps.filter((tap) => tap.startsWith('hidden')).at(-1);
    const rows = tf.gather(last === undefined ? logits : (taps[last] as tf.Tensor2D), tf.tensor1d([...nodes], 'int32'));
    return { values: rows.dataSync<'float32'>().slice(), columns: rows.shape[1]! };
  });
}

function classNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${i}`);
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
