import type { Interval } from '../core/results';
import type { Model } from '../core/types';
import { disposeBatch, imageBatch } from '../data/batch';
import type { Examples, ImageShape } from '../data/dataset';
import { inference } from '../engine/inference';
import { studentT, wilson } from '../math/statistics';

/** Logits of a model on chosen examples, row by row: float32 [n, classes]. */
export interface Predictions {
  readonly logits: Float32Array;
  readonly labels: Uint8Array;
  readonly classes: number;
}

/** Runs a model in evaluation mode over examples, `batchSize` at a time. */
export function predict(
  model: Model,
  examples: Examples,
  { inputShape, indices, batchSize = 1000 }: { inputShape: ImageShape; indices?: Int32Array; batchSize?: number },
): Predictions {
  const ids = indices ?? Int32Array.from({ length: examples.count }, (_, i) => i);
  const logits = new Float32Array(ids.length * model.classes);
  const infer = inference(model);
  for (let from = 0; from < ids.length; from += batchSize) {
    const batch = imageBatch(examples, ids.slice(from, from + batchSize), {
      inputShape,
      flatten: model.inputShape.length === 1,
    });
    logits.set(infer(batch.x.dataSync<'float32'>(), batch.size), from * model.classes);
    disposeBatch(batch);
  }
  return { logits, labels: Uint8Array.from(ids, (id) => examples.labels[id]!), classes: model.classes };
}

/** The most likely class of every row, after adding `bias` to the logits. */
export function decide({ logits, labels, classes }: Predictions, bias?: Float64Array): Uint8Array {
  const out = new Uint8Array(labels.length);
  for (let i = 0; i < out.length; i++) {
    let best = 0;
    let highest = -Infinity;
    for (let c = 0; c < classes; c++) {
      const value = logits[i * classes + c]! + (bias?.[c] ?? 0);
      if (value > highest) {
        highest = value;
        best = c;
      }
    }
    out[i] = best;
  }
  return out;
}

/** Proportion of wrong decisions with a Wilson interval; `only` restricts it to examples of these classes. */
export function errorRate(
  predictions: Predictions,
  { bias, only }: { bias?: Float64Array; only?: readonly number[] } = {},
): Interval {
  const decisions = decide(predictions, bias);
  let wrong = 0;
  let count = 0;
  predictions.labels.forEach((label, i) => {
    if (only !== undefined && !only.includes(label)) return;
    count++;
    if (decisions[i] !== label) wrong++;
  });
  return wilson(wrong, count);
}

/**
 * The bias that, added to the logits of `classes` alike, makes the fewest errors on held-out examples (Hinton 2015,
 * section 3, did this on the test set; we do not). Searched from 0 to 15 in steps of 0.1; the smallest of equals.
 */
export function bestBias(predictions: Predictions, classes: readonly number[]): { bias: Float64Array; offset: number } {
  const withOffset = (offset: number) =>
    Float64Array.from({ length: predictions.classes }, (_, c) => (classes.includes(c) ? offset : 0));
  let best = { offset: 0, error: Number.POSITIVE_INFINITY };
  for (let step = 0; step <= 150; step++) {
    const error = errorRate(predictions, { bias: withOffset(step / 10) }).mean;
    if (error < best.error) best = { offset: step / 10, error };
  }
  return { bias: withOffset(best.offset), offset: best.offset };
}

/** How far a student follows its teacher on the same examples: equal decisions, and KL(teacher ‖ student) in nats. */
export function fidelity(teacher: Predictions, student: Predictions): { agreement: Interval; klToTeacher: Interval } {
  const theirs = decide(teacher);
  const ours = decide(student);
  const equal = theirs.reduce((sum, decision, i) => sum + (decision === ours[i] ? 1 : 0), 0);
  const { classes } = teacher;
  const divergences = Array.from(theirs, (_, i) =>
    divergence(
      teacher.logits.subarray(i * classes, (i + 1) * classes),
      student.logits.subarray(i * classes, (i + 1) * classes),
    ),
  );
  return { agreement: wilson(equal, theirs.length), klToTeacher: studentT(divergences) };
}

/** KL(softmax(a) ‖ softmax(b)) in float64, nats. */
export function divergence(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const logA = logSoftmax(a);
  const logB = logSoftmax(b);
  return logA.reduce((sum, value, i) => sum + Math.exp(value) * (value - logB[i]!), 0);
}

/** In float64, nats. */
export function logSoftmax(logits: ArrayLike<number>): number[] {
  const values = Array.from(logits);
  const highest = Math.max(...values);
  const total = Math.log(values.reduce((sum, value) => sum + Math.exp(value - highest), 0)) + highest;
  return values.map((value) => value - total);
}
