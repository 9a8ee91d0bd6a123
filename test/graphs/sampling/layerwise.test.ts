import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { powerLaw } from '../../../graphs/generators/power-law';
import { type Layer, layerwise } from '../../../graphs/sampling/layerwise';
import { Rng } from '../../../src/math/rng';
import { emptyFolder } from '../../data/fixture';

const WIDTH = 3;
const graph = powerLaw({ nodes: 200, edges: 600, features: WIDTH }, Rng.root(0));

/** Twice the own numbers and the sum over the neighbours. */
const layer: Layer = {
  columns: WIDTH,
  apply: ({ hops, adjacency }, inputs) => {
    const outputs = inputs.slice(0, hops[0]! * WIDTH).map((value) => 2 * value);
    for (let row = 0; row < hops[0]!; row++)
      for (let entry = adjacency.rowPointers[row]!; entry < adjacency.rowPointers[row + 1]!; entry++)
        for (let i = 0; i < WIDTH; i++)
          outputs[row * WIDTH + i]! += inputs[adjacency.columnIndices[entry]! * WIDTH + i]!;
    return outputs;
  },
};

/** The same for all nodes at once, in float64. */
function twice(values: Float64Array): Float64Array {
  return values.map((value, at) => {
    const neighbors = graph.neighbors(Math.floor(at / WIDTH));
    return neighbors.reduce((sum, node) => sum + values[node * WIDTH + (at % WIDTH)]!, 2 * value);
  });
}

const nodes = [...graph.labels.keys()];

test('layer by layer gives what the whole graph gives, in memory and by files', async (t) => {
  const folder = emptyFolder(t);
  const expected = twice(twice(Float64Array.from(graph.features.gather(nodes))));
  const held = await layerwise(graph.adjacency, graph.features, [layer, layer], { batch: 37 });
  held.gather(nodes).forEach((value, at) => {
    assert.ok(Math.abs(value - expected[at]!) < 1e-4 * (1 + Math.abs(expected[at]!)));
  });
  const file = (number: number) => path.join(folder, `layer-${number}`);
  const stored = await layerwise(graph.adjacency, graph.features, [layer, layer], { batch: 64, file });
  assert.equal(stored.kind, 'stored');
  const found = stored.gather(nodes);
  held.gather(nodes).forEach((value, at) => {
    assert.ok(Math.abs(value - found[at]!) < 1e-4 * (1 + Math.abs(value)));
  });
});

test('a layer that gives another number of rows is refused', async () => {
  const short: Layer = { columns: 1, apply: () => new Float32Array(1) };
  await assert.rejects(layerwise(graph.adjacency, graph.features, [short]), /layer 0 gave 1 numbers for 200 nodes/);
});
