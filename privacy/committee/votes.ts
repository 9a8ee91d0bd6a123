import type { Model } from '../../src/core/types';
import { disposeBatch, imageBatch } from '../../src/data/batch';
import type { Examples, ImageShape } from '../../src/data/dataset';
import { inference } from '../../src/engine/inference';

/** Logits of every member for the examples numbered `ids`: one float32 [ids.length, classes] a member, row-major. */
export function logitsOfMembers(
  members: readonly Model[],
  examples: Examples,
  ids: Int32Array,
  inputShape: ImageShape,
  batchSize = 1000,
): Float32Array[] {
  const { classes } = members[0]!;
  const flatten = members[0]!.inputShape.length === 1;
  const logits = members.map(() => new Float32Array(ids.length * classes));
  for (let from = 0; from < ids.length; from += batchSize) {
    const batch = imageBatch(examples, ids.slice(from, from + batchSize), { inputShape, flatten });
    const x = batch.x.dataSync<'float32'>();
    members.forEach((member, i) => {
      logits[i]!.set(inference(member)(x, batch.size), from * classes);
    });
    disposeBatch(batch);
  }
  return logits;
}

/** How many members name each class, example by example. The first of equal logits counts. */
export function votesOf(logits: readonly Float32Array[], classes: number): Float64Array[] {
  const examples = logits[0]!.length / classes;
  return Array.from({ length: examples }, (_, row) => {
    const votes = new Float64Array(classes);
    for (const values of logits) {
      let best = 0;
      for (let c = 1; c < classes; c++) if (values[row * classes + c]! > values[row * classes + best]!) best = c;
      votes[best]!++;
    }
    return votes;
  });
}
