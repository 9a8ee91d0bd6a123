import * as tf from '@tensorflow/tfjs';
import { KdlabError } from '../../src/core/errors';
import type { Model, Teacher } from '../../src/core/types';
import type { Examples, ImageShape } from '../../src/data/dataset';
import { logSum } from '../../src/math/log-sum';
import type { Rng } from '../../src/math/rng';
import { logitsOfMembers } from '../committee/votes';

/** Which sub-models are trained on which of the members. */
export interface SplitAssignment {
  /** For each example (by its place in the list of members) the sub-models that do not see it, ascending. */
  readonly without: readonly Int32Array[];
  /** For each sub-model the places of the examples that it is trained on. */
  readonly parts: readonly Int32Array[];
}

/**
 * Draws for each of `count` examples the `left` of `models` sub-models that will not see it (Tang et al. 2022, arXiv:2110.08324,
 * section 4.1). Throws KdlabError unless 0 < left < models.
 */
export function splitAssignment(count: number, models: number, left: number, rng: Rng): SplitAssignment {
  if (!(left > 0 && left < models))
    throw new KdlabError(
      `split: each example is left out of ${left} of ${models} sub-models; expected 1 to ${models - 1}`,
    );
  const without = Array.from({ length: count }, (_, i) =>
    rng.split('example', i).permutation(models).slice(0, left).sort(),
  );
  const parts = Array.from({ length: models }, (_, model) =>
    Int32Array.from(Array.from(without.keys()).filter((i) => !without[i]!.includes(model))),
  );
  return { without, parts };
}

export interface SplitTeacherOptions {
  readonly models: readonly Model[];
  readonly assignment: SplitAssignment;
  readonly examples: Examples;
  readonly members: Int32Array;
  readonly inputShape: ImageShape;
}

/**
 * What Split-AI says of each member: the mean probabilities of the sub-models that were not trained on it, as logits. Looked up by
 * example number; computed once, when first asked.
 */
export function splitTeacher(options: SplitTeacherOptions): Teacher {
  const { models, assignment, examples, members, inputShape } = options;
  const { classes } = models[0]!;
  const place = new Map(Array.from(members, (id, i) => [id, i]));
  let rows: readonly Float32Array[] | undefined;
  const compute = () => {
    const logits = logitsOfMembers(models, examples, members, inputShape);
    return assignment.without.map((chosen, i) => {
      const logProbabilities = Array.from(chosen, (model) => {
        const own = logits[model]!.subarray(i * classes, (i + 1) * classes);
        const total = logSum(own);
        return Float64Array.from(own, (z) => z - total);
      });
      return Float32Array.from({ length: classes }, (_, c) => logSum(logProbabilities.map((row) => row[c]!)));
    });
  };
  return {
    id: 'Split-AI',
    inputShape: models[0]!.inputShape,
    classes,
    taps: [],
    lookup: true,
    signal: ({ ids, size }) => {
      rows ??= compute();
      const logits = new Float32Array(size * classes);
      ids!.forEach((id, row) => {
        const at = place.get(id);
        if (at === undefined) throw new KdlabError(`Split-AI: example ${id} is no member`);
        logits.set(rows![at]!, row * classes);
      });
      return { logits: tf.tensor2d(logits, [size, classes]), taps: {} };
    },
  };
}
