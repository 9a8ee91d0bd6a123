import { createHash } from 'node:crypto';
import { KdlabError } from '../core/errors';
import type { Rng } from '../math/rng';
import type { Examples } from './dataset';

export interface SplitOptions {
  /** Examples to train on; by default all that are left. */
  readonly train?: number;
  /** Examples held out for validation. */
  readonly validation?: number;
  /** Classes that training never sees; validation keeps them. */
  readonly omit?: readonly number[];
}

/** Example numbers, ascending. */
export interface Split {
  readonly train: Int32Array;
  readonly validation: Int32Array;
  /** SHA-256 (hex) of both lists: what a run records. */
  readonly hash: string;
}

/**
 * Divides examples at random into disjoint sets for training and validation. With the same `rng`, the validation
 * set depends on `validation` only, and a smaller training set is a subset of a larger one, so that variants of
 * an experiment are comparable. Throws KdlabError where the counts cannot be met.
 */
export function splitExamples(
  examples: Pick<Examples, 'labels' | 'count'>,
  rng: Rng,
  { train, validation = 0, omit = [] }: SplitOptions = {},
): Split {
  const { labels, count } = examples;
  if (!Number.isInteger(validation) || validation < 0 || validation >= count)
    throw new KdlabError(`split: validation is ${validation}, expected 0 to ${count - 1} of the ${count} examples`);
  const present = new Set(labels.subarray(0, count));
  const unknown = omit.filter((label) => !present.has(label));
  if (unknown.length > 0)
    throw new KdlabError(
      `split: omit names class ${unknown.join(', ')}; the examples have ${[...present].sort((a, b) => a - b).join(', ')}`,
    );
  const order = rng.permutation(count);
  const left = order.subarray(validation).filter((id) => !omit.includes(labels[id]!));
  const wanted = train ?? left.length;
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > left.length)
    throw new KdlabError(
      `split: train is ${wanted}, expected 1 to ${left.length}: ${count} examples, less ${validation} for validation` +
        (omit.length > 0 ? ` and those of the omitted classes (${omit.join(', ')})` : ''),
    );
  const parts = { train: left.slice(0, wanted).sort(), validation: order.slice(0, validation).sort() };
  return { ...parts, hash: splitHash(parts) };
}

/** SHA-256 (hex) over both counts and all numbers as little-endian int32, training first. */
export function splitHash({ train, validation }: Pick<Split, 'train' | 'validation'>): string {
  const bytes = Buffer.alloc(4 * (2 + train.length + validation.length));
  const values = [train.length, validation.length, ...train, ...validation];
  for (const [i, value] of values.entries()) bytes.writeInt32LE(value, 4 * i);
  return createHash('sha256').update(bytes).digest('hex');
}
