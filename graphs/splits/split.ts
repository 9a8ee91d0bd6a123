import { createHash } from 'node:crypto';
import { KdlabError } from '../../src/core/errors';
import type { Graph } from '../graph';

/** Which nodes are for what: disjoint, ascending node numbers; nodes may be in none. */
export interface Split {
  /** Where it comes from, such as `planetoid` or `per-class 20/30, seed 3`. */
  readonly name: string;
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
  /** SHA-256 (hex) of the three lists: what a run records. */
  readonly hash: string;
}

type Lists = Record<'train' | 'validation' | 'test', ArrayLike<number>>;

/**
 * A checked split of a graph's nodes. Throws KdlabError where a node does not exist, is in two parts or twice in one,
 * has no label, or where a class has no node to train on.
 */
export function makeSplit(graph: Pick<Graph, 'name' | 'labels' | 'classes'>, name: string, lists: Lists): Split {
  const { labels, classes } = graph;
  const refuse = (what: string) => new KdlabError(`split ${name} of ${graph.name}: ${what}`);
  const part = (key: keyof Lists) => Int32Array.from(lists[key]).sort();
  const parts = { train: part('train'), validation: part('validation'), test: part('test') };
  const keys = Object.keys(parts) as (keyof Lists)[];
  /** By node: 1 + the number of its part. */
  const owners = new Uint8Array(labels.length);
  for (const [number, key] of keys.entries())
    for (const node of parts[key]) {
      if (node < 0 || node >= labels.length)
        throw refuse(`${key} names node ${node}, expected 0 to ${labels.length - 1}`);
      const other = keys[owners[node]! - 1];
      if (other === key) throw refuse(`${key} names node ${node} twice`);
      if (other !== undefined)
        throw refuse(`node ${node} is in ${other} and in ${key}; parts that overlap make the test worthless`);
      if (labels[node]! < 0) throw refuse(`${key} names node ${node}, which has no label; leave it out`);
      owners[node] = number + 1;
    }
  const present = new Set(parts.train.map((node) => labels[node]!));
  const empty = Array.from({ length: classes }, (_, label) => label).filter((label) => !present.has(label));
  if (empty.length > 0)
    throw refuse(`train has no node of class ${empty.join(', ')} of the ${classes} classes; draw more nodes a class`);
  return { name, ...parts, hash: splitHash(parts) };
}

/** SHA-256 (hex) over the three counts and all numbers as little-endian int32, in the order train, validation, test. */
export function splitHash({ train, validation, test }: Pick<Split, 'train' | 'validation' | 'test'>): string {
  const hash = createHash('sha256').update(Int32Array.of(train.length, validation.length, test.length));
  for (const part of [train, validation, test]) hash.update(part);
  return hash.digest('hex');
}
