import type { Interval } from '../../src/core/results';
import { studentT, wilson } from '../../src/math/statistics';

/** The share of edges scored above all but the best k − 1 of the pairs that are none (Hits@k of the Open Graph Benchmark). */
export function hitsAt(k: number, edges: Float32Array, others: Float32Array): Interval {
  const bar = Float32Array.from(others).sort().at(-Math.min(k, others.length)) ?? Number.NEGATIVE_INFINITY;
  return wilson(edges.filter((score) => score > bar).length, edges.length);
}

/** The chance that an edge is scored above a pair that is none, equals counting half; the interval is over the edges. */
export function areaUnderCurve(edges: Float32Array, others: Float32Array): Interval {
  const sorted = Float32Array.from(others).sort();
  const below = (score: number, orEqual: boolean) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle]! < score || (orEqual && sorted[middle] === score)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const shares = Array.from(edges, (score) => (below(score, false) + below(score, true)) / 2 / sorted.length);
  return studentT(shares);
}
