import type { z } from 'zod';
import type { Rng } from '../src/math/rng';
import type { Csr } from '../src/sparse/csr';

/** Numbers of where each node is in its graph, beside its features: [nodes, width] in row-major order. */
export class Positions {
  /** Throws RangeError where the values are not whole rows. */
  constructor(
    readonly width: number,
    readonly values: Float32Array,
  ) {
    if (values.length % width !== 0) throw new RangeError(`${values.length} numbers are no rows of ${width}`);
  }

  get nodes(): number {
    return this.values.length / this.width;
  }

  gather(nodes: ArrayLike<number>): Float32Array {
    const { width, values } = this;
    const out = new Float32Array(nodes.length * width);
    for (let i = 0; i < nodes.length; i++)
      out.set(values.subarray(nodes[i]! * width, (nodes[i]! + 1) * width), i * width);
    return out;
  }
}

/** What a file in graphs/positions exports by default; the file's name is its name in a configuration. */
export interface PositionsDefinition<S extends z.ZodType = z.ZodType> {
  readonly description: string;
  readonly options: S;
  /** The graph must be undirected. */
  build(options: z.output<S>, adjacency: Csr, rng: Rng): Positions;
}

export function positions<S extends z.ZodType>(definition: PositionsDefinition<S>): PositionsDefinition<S> {
  return definition;
}

/**
 * Positions for nodes that came later: the mean of their neighbours' that have one, 0 without any (Tian et al. 2023,
 * section 4.2). Node i of those known is node seen[i] of the graph whose adjacency is given. They still need the graph of
 * whoever asks about a new node.
 */
export function extendPositions(known: Positions, adjacency: Csr, seen: Int32Array): Positions {
  const { width } = known;
  const { rows, rowPointers, columnIndices } = adjacency;
  const placeOf = new Int32Array(rows).fill(-1);
  seen.forEach((node, place) => {
    placeOf[node] = place;
  });
  const values = new Float32Array(rows * width);
  for (let node = 0; node < rows; node++) {
    const own = values.subarray(node * width, (node + 1) * width);
    const place = placeOf[node]!;
    if (place >= 0) {
      own.set(known.values.subarray(place * width, (place + 1) * width));
      continue;
    }
    let count = 0;
    for (let entry = rowPointers[node]!; entry < rowPointers[node + 1]!; entry++) {
      const from = placeOf[columnIndices[entry]!]!;
      if (from < 0) continue;
      count++;
      for (let i = 0; i < width; i++) own[i]! += known.values[from * width + i]!;
    }
    for (let i = 0; i < width && count > 0; i++) own[i]! /= count;
  }
  return new Positions(width, values);
}
