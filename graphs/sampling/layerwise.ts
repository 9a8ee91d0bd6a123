import { Rng } from '../../src/math/rng';
import type { Csr } from '../../src/sparse/csr';
import { DenseFeatures, type Features, FeatureWriter } from '../features';
import { type Neighborhood, NeighborSampler } from './neighbors';

/** One layer of a message-passing network, apart from the graph. */
export interface Layer {
  /** Numbers of a node that it gives. */
  readonly columns: number;
  /**
   * From nodes with all their neighbours (`neighborhood`, one hop) and what the layer before gave those [nodes.length,
   * width] to its own numbers of the seeds, the first hops[0] nodes: [hops[0], columns].
   */
  apply(neighborhood: Neighborhood, inputs: Float32Array): Float32Array | Promise<Float32Array>;
}

export interface LayerwiseOptions {
  /** Nodes computed at a time. */
  readonly batch?: number;
  /** Where layer number i is written, instead of into memory. */
  readonly file?: (layer: number) => string;
}

/**
 * Exact inference for all nodes, layer by layer: every node of a layer is computed once from all its neighbours, where
 * sampled inference would compute it for each node that needs it (Hamilton et al. 2017). At any time two layers exist,
 * in memory or in files. `adjacency`: row i lists whom node i receives from.
 */
export async function layerwise(
  adjacency: Csr,
  features: Features,
  layers: readonly Layer[],
  { batch = 1024, file }: LayerwiseOptions = {},
): Promise<Features> {
  const sampler = new NeighborSampler(adjacency);
  const everyone = { fanouts: [Number.POSITIVE_INFINITY] };
  // All neighbours are taken: nothing is drawn.
  const rng = Rng.root(0);
  let inputs = features;
  for (const [number, layer] of layers.entries()) {
    const { rows } = adjacency;
    const { columns } = layer;
    const writer = file && new FeatureWriter(file(number), columns);
    const values = new Float32Array(writer === undefined ? rows * columns : 0);
    for (let first = 0; first < rows; first += batch) {
      const seeds = Int32Array.from({ length: Math.min(batch, rows - first) }, (_, i) => first + i);
      const neighborhood = sampler.sample(seeds, everyone, rng);
      const outputs = await layer.apply(neighborhood, inputs.gather(neighborhood.nodes));
      if (outputs.length !== seeds.length * columns)
        throw new RangeError(`layer ${number} gave ${outputs.length} numbers for ${seeds.length} nodes of ${columns}`);
      if (writer === undefined) values.set(outputs, first * columns);
      else writer.append(outputs);
    }
    inputs = writer === undefined ? new DenseFeatures(rows, columns, values) : writer.close();
  }
  return inputs;
}
