import type { Interval } from '../../src/core/results';
import { wilson } from '../../src/math/statistics';

/** The most likely class of every row of logits [n · classes]; the first of equals. */
export function decisions(logits: Float32Array, classes: number): Int32Array {
  return Int32Array.from({ length: logits.length / classes }, (_, i) => {
    let best = 0;
    for (let c = 1; c < classes; c++) if (logits[i * classes + c]! > logits[i * classes + best]!) best = c;
    return best;
  });
}

/** How many of the given nodes are decided rightly, with a Wilson interval. */
export function accuracy(decided: Int32Array, labels: Int32Array, nodes: ArrayLike<number>): Interval {
  return wilson(matches(decided, labels, nodes), nodes.length);
}

export function matches(a: Int32Array, b: Int32Array, nodes: ArrayLike<number>): number {
  let equal = 0;
  for (let i = 0; i < nodes.length; i++) if (a[nodes[i]!] === b[nodes[i]!]) equal++;
  return equal;
}
