import { KdlabError } from '../../src/core/errors';
import type { Rng } from '../../src/math/rng';

/**
 * Divides examples at random into `parts` disjoint sets of one size; fewer than `parts` examples are left over and used by
 * nobody. Which part an example falls into must not depend on other examples: the shuffle knows their number only. Throws
 * KdlabError where a part would be smaller than the number of classes, so that no teacher could know them all.
 */
export function disjointParts(ids: Int32Array, parts: number, classes: number, rng: Rng): Int32Array[] {
  const size = Math.floor(ids.length / parts);
  if (size < classes)
    throw new KdlabError(
      `${ids.length} private examples for ${parts} teachers are ${size} each, fewer than the ${classes} classes: a teacher ` +
        `would know none of some. Take at most ${Math.max(1, Math.floor(ids.length / classes))} teachers.`,
    );
  const order = rng.permutation(ids.length);
  return Array.from({ length: parts }, (_, part) => order.slice(part * size, (part + 1) * size).map((i) => ids[i]!));
}
