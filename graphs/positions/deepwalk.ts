import { z } from 'zod';
import { section } from '../../src/core/section';
import type { Stream } from '../../src/math/rng';
import type { Csr } from '../../src/sparse/csr';
import { Positions, positions } from '../positions';

/** Words beyond this are as sure as this one: a sigmoid's slope is 0 there. */
const SURE = 6;

/**
 * DeepWalk, Perozzi, Al-Rfou, Skiena 2014 (arXiv:1403.6652): random walks read as sentences by a skip-gram, here with negative
 * samples (Mikolov et al. 2013, arXiv:1310.4546) drawn by degree^¾, the window drawn up to its width for each word and the
 * rate falling linearly. The defaults are those of NOSMOG's program on Cora. Nodes without edges get 0.
 */
export default positions({
  description: 'DeepWalk: a skip-gram of random walks (Perozzi et al. 2014)',
  options: section({
    width: z.number().int().positive().default(64),
    walks: z.number().int().positive().default(5).describe('from every node'),
    length: z.number().int().min(2).default(50).describe('nodes of a walk'),
    window: z.number().int().positive().default(5),
    negatives: z.number().int().positive().default(5),
    rate: z.number().positive().default(0.025),
  }),
  build: (options, adjacency, rng) => {
    const { width, walks } = options;
    const { rows, rowPointers } = adjacency;
    const centers = rng.split('centers').uniform(rows * width, -0.5 / width, 0.5 / width);
    const skipGram = new SkipGram(centers, options, negativesOf(adjacency));
    let done = 0;
    for (let walk = 0; walk < walks; walk++) {
      const draws = rng.split('walk', walk).stream();
      for (const start of rng.split('order', walk).permutation(rows)) {
        if (rowPointers[start] === rowPointers[start + 1]) continue;
        skipGram.learn(walked(adjacency, start, options.length, draws), 1 - done++ / (walks * rows), draws);
      }
    }
    for (let node = 0; node < rows; node++)
      if (rowPointers[node] === rowPointers[node + 1]) centers.fill(0, node * width, (node + 1) * width);
    return new Positions(width, centers);
  },
});

function walked({ rowPointers, columnIndices }: Csr, start: number, length: number, draws: Stream): Int32Array {
  const walk = new Int32Array(length);
  walk[0] = start;
  for (let i = 1; i < length; i++) {
    const from = walk[i - 1]!;
    const begin = rowPointers[from]!;
    walk[i] = columnIndices[begin + draws.integer(rowPointers[from + 1]! - begin)]!;
  }
  return walk;
}

/** Nodes as often as they are to be drawn: a table that a uniform place is looked up in. */
function negativesOf({ rows, rowPointers }: Csr): Int32Array {
  const weights = Float64Array.from({ length: rows }, (_, i) => (rowPointers[i + 1]! - rowPointers[i]!) ** 0.75);
  const total = weights.reduce((a, b) => a + b, 0);
  const table = new Int32Array(16 * rows);
  let [node, reached] = [0, weights[0]! / total];
  for (let place = 0; place < table.length; place++) {
    while (node < rows - 1 && (place + 0.5) / table.length > reached) reached += weights[++node]! / total;
    table[place] = node;
  }
  return table;
}

class SkipGram {
  private readonly contexts: Float32Array;
  private readonly change: Float32Array;

  constructor(
    private readonly centers: Float32Array,
    private readonly options: { width: number; window: number; negatives: number; rate: number },
    private readonly table: Int32Array,
  ) {
    this.contexts = new Float32Array(centers.length);
    this.change = new Float32Array(options.width);
  }

  /** One sentence; `left` is the share of the training that is still to come, and of the rate. */
  learn(walk: Int32Array, left: number, draws: Stream): void {
    const { window, negatives, rate } = this.options;
    const step = Math.max(rate * left, rate * 1e-4);
    for (let i = 0; i < walk.length; i++) {
      const reach = 1 + draws.integer(window);
      for (let j = Math.max(0, i - reach); j <= Math.min(walk.length - 1, i + reach); j++) {
        if (j === i) continue;
        this.change.fill(0);
        this.pull(walk[i]!, walk[j]!, 1, step);
        for (let k = 0; k < negatives; k++) {
          const other = this.table[draws.integer(this.table.length)]!;
          if (other !== walk[j]) this.pull(walk[i]!, other, 0, step);
        }
        const at = walk[i]! * this.options.width;
        for (let d = 0; d < this.change.length; d++) this.centers[at + d]! += this.change[d]!;
      }
    }
  }

  /** Towards (1) or away from (0) a word of the context; the centre's own change waits. */
  private pull(center: number, context: number, target: 0 | 1, step: number): void {
    const { centers, contexts, change } = this;
    const { width } = this.options;
    const [a, b] = [center * width, context * width];
    let dot = 0;
    for (let d = 0; d < width; d++) dot += centers[a + d]! * contexts[b + d]!;
    const probability = dot > SURE ? 1 : dot < -SURE ? 0 : 1 / (1 + Math.exp(-dot));
    const force = step * (target - probability);
    for (let d = 0; d < width; d++) {
      change[d]! += force * contexts[b + d]!;
      contexts[b + d]! += force * centers[a + d]!;
    }
  }
}
