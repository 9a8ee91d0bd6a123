import { randomFillSync } from 'node:crypto';
import { KdlabError } from '../../src/core/errors';
import type { Examples } from '../../src/data/dataset';
import type { Rng } from '../../src/math/rng';

export interface NeighbourOptions {
  readonly examples: Examples;
  /** Numbers of the private examples. */
  readonly ids: Int32Array;
  readonly classes: number;
  /** Neighbours that vote. */
  readonly k: number;
  /** Probability with which a private example takes part in a query. */
  readonly rate: number;
  /** The key of the samples; absent: the cryptographic source, as privacy by sampling needs. */
  readonly rng?: Rng;
}

/**
 * Votes of Private-kNN (Zhu et al. 2020, "Private-kNN: Practical Differential Privacy for Computer Vision", section 4): for
 * each query a Poisson sample of the private examples is drawn anew, and the k nearest of them by Euclidean distance of pixels
 * vote for their labels. No teacher is trained. One example more or less replaces at most one of the neighbours: two counts move
 * by one. Ties in distance go to the lower number. Throws KdlabError where a sample has fewer than k examples.
 */
export function neighbourVotes(
  queries: Examples,
  queryIds: Int32Array,
  { examples, ids, classes, k, rate, rng }: NeighbourOptions,
): Float64Array[] {
  const pixels = examples.images.length / examples.count;
  return Array.from(queryIds, (queryId, query) => {
    const sample = sampled(ids, rate, rng?.split('sample', query));
    if (sample.length < k)
      throw new KdlabError(
        `private k-nearest neighbours: a sample of ${sample.length} examples has no ${k} neighbours; raise rate or lower k`,
        { exitCode: 1 },
      );
    const from = queryId * pixels;
    const distances = sample.map((id) => {
      let sum = 0;
      for (let p = 0; p < pixels; p++) sum += (queries.images[from + p]! - examples.images[id * pixels + p]!) ** 2;
      return sum;
    });
    const nearest = Array.from(sample.keys()).sort((a, b) => distances[a]! - distances[b]! || sample[a]! - sample[b]!);
    const votes = new Float64Array(classes);
    for (const i of nearest.slice(0, k)) votes[examples.labels[sample[i]!]!]!++;
    return votes;
  });
}

/** Every number with probability `rate`, independently. */
function sampled(ids: Int32Array, rate: number, rng: Rng | undefined): Int32Array {
  const words = rng === undefined ? randomFillSync(new Uint32Array(ids.length)) : rng.words(ids.length);
  return ids.filter((_, i) => words[i]! < rate * 2 ** 32);
}
