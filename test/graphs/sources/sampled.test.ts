import assert from 'node:assert/strict';
import path from 'node:path';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { graphBatch } from '../../../graphs/batch';
import { contextualBlockModel } from '../../../graphs/generators/block-model';
import nodeLabels from '../../../graphs/objectives/node-labels';
import { type SampledOptions, sampled } from '../../../graphs/sources/sampled';
import { fixedTeacher } from '../../../graphs/teachers/fixed';
import { subgraph } from '../../../graphs/transforms/components';
import { KdlabError } from '../../../src/core/errors';
import type { ModelDefinition } from '../../../src/core/model';
import { saveVariables } from '../../../src/core/params';
import { resolveNamed } from '../../../src/core/resolve';
import type { State } from '../../../src/core/state';
import { train } from '../../../src/core/trainer';
import type { Batch, Model, Source } from '../../../src/core/types';
import { disposeBatch } from '../../../src/data/batch';
import { meanEstimator } from '../../../src/estimators/mean';
import { Rng } from '../../../src/math/rng';
import adam from '../../../src/optimizers/adam';
import { useEngine } from '../../support/engine';
import { assertClose } from '../../support/numbers';

const graph = contextualBlockModel({ nodes: 150, classes: 3, degree: 6, features: 5 }, Rng.root(2));
const everyone = Int32Array.from({ length: 150 }, (_, i) => i);
const EVERY = { neighbors: { batchSize: 20, fanouts: [100, 100] } };
const FEW = { neighbors: { batchSize: 20, fanouts: [3, 2] } };

const source = (options: Partial<SampledOptions> = {}): Source =>
  sampled({ graph, labels: graph.labels, nodes: everyone, sampling: FEW, rng: Rng.root(3), ...options });

function make(name: string, options: object): Model {
  const definition = resolveNamed<ModelDefinition>('model', [path.resolve(__dirname, '../../../graphs/models')], name);
  const place = { id: name, inputShape: [5], classes: 3, rng: Rng.root(4) };
  return definition.build(definition.options.parse(options), place);
}

async function take(from: Source, count: number, see: (batch: Batch, step: number) => void): Promise<void> {
  let step = 0;
  const context = { rng: Rng.root(7), student: make('mlp', {}), teachers: [] };
  for await (const batch of from.batches(context)) {
    see(batch, step++);
    if (step === count) break;
  }
}

const valuesOf = (batch: Batch) =>
  [batch.x, batch.y!, batch.mask!, ...Object.values(batch.extras!)].map((tensor) => [...tensor.dataSync()]);

before(useEngine);

for (const [name, options] of [
  ['gcn', { hidden: [4] }],
  ['sage', { hidden: [4] }],
  ['gat', { hidden: [3], heads: 2 }],
] as const)
  test(`${name}: with all neighbours, the nodes that count get what they get on the whole graph, padded or not`, async () => {
    const model = make(name, options);
    const whole = graphBatch(graph);
    const expected = model.forward(whole, { training: false }).logits.arraySync();
    await take(source({ sampling: EVERY }), 3, (batch) => {
      const mask = batch.mask!.dataSync<'float32'>();
      const found = model.forward(batch, { training: false }).logits.arraySync();
      assert.equal(
        mask.reduce((a, b) => a + b),
        20,
      );
      batch.ids!.forEach((id, i) => {
        if (mask[i] === 1) assertClose(found[i]!, expected[id]!, 1e-4);
      });
      assert.ok(batch.size > 20);
    });
    disposeBatch(whole);
  });

test('an epoch counts every node once, a few sizes of batch serve it, and a teacher is read by the nodes’ numbers', async () => {
  const teacher = make('gcn', { hidden: [4] });
  const whole = graphBatch(graph);
  const fixed = fixedTeacher({ model: teacher, batch: whole });
  const logits = teacher.forward(whole, { training: false }).logits.arraySync();
  const seen = new Set<number>();
  const sizes = new Set<string>();
  const given = source();
  assert.equal(given.stepsPerEpoch, 7);
  await take(given, 7, (batch) => {
    const mask = batch.mask!.dataSync<'float32'>();
    const rows = fixed.signal(batch).logits.arraySync();
    batch.ids!.forEach((id, i) => {
      if (mask[i] === 0) return;
      assert.ok(!seen.has(id));
      seen.add(id);
      assert.deepEqual(rows[i], logits[id]);
      assert.equal(batch.y!.dataSync()[i], graph.labels[id]);
    });
    sizes.add(`${batch.size} ${batch.extras!['neighbors/indices']!.size}`);
  });
  assert.equal(seen.size, 140);
  assert.ok(sizes.size <= 2, `sizes ${[...sizes]}`);
  disposeBatch(whole);
});

test('drawn neighbours are scaled up: the mean over draws is the product with the whole matrix', async () => {
  const whole = graphBatch(graph);
  const model = make('sgc', { hops: 1 });
  const expected = model.forward(whole, { training: false }).logits.arraySync();
  const sums = new Map<number, { total: number[]; count: number }>();
  const draws = source({ sampling: { neighbors: { batchSize: 50, fanouts: [2] } } });
  await take(draws, 900, (batch) => {
    const found = tf.tidy(() => model.forward(batch, { training: false }).logits.arraySync());
    for (let i = 0; i < 50; i++) {
      const { total, count } = sums.get(batch.ids![i]!) ?? { total: [0, 0, 0], count: 0 };
      sums.set(batch.ids![i]!, { total: total.map((x, k) => x + found[i]![k]!), count: count + 1 });
    }
  });
  const apart = [...sums].map(([id, { total, count }]) => Math.abs(total[0]! / count - expected[id]![0]!));
  assert.ok(
    apart.reduce((a, b) => a + b) / apart.length < 0.06,
    `mean distance ${apart.reduce((a, b) => a + b) / 150}`,
  );
  disposeBatch(whole);
});

test('clusters hold the edges between their nodes, each cluster once an epoch', async () => {
  const clustered = source({ sampling: { clusters: { parts: 6, perBatch: 2 } }, nodes: everyone.subarray(0, 60) });
  assert.equal(clustered.stepsPerEpoch, 3);
  const seen: number[] = [];
  await take(clustered, 3, (batch) => {
    const mask = batch.mask!.dataSync<'float32'>();
    const pointers = batch.extras!['neighbors/pointers']!.dataSync();
    const nodes = batch.ids!.filter((_, i) => i === 0 || batch.ids![i] !== batch.ids![0]);
    const inside = subgraph(graph, nodes).adjacency;
    assert.deepEqual([...pointers.subarray(0, nodes.length + 1)], [...inside.rowPointers]);
    nodes.forEach((node, i) => {
      assert.equal(mask[i], node < 60 ? 1 : 0);
    });
    seen.push(...nodes);
  });
  assert.deepEqual(
    seen.sort((a, b) => a - b),
    [...everyone],
  );
});

for (const [kind, sampling] of Object.entries({ neighbours: FEW, clusters: { clusters: { parts: 8, perBatch: 3 } } })) {
  test(`${kind}: the same key gives the same batches, from the start or from a saved position`, async () => {
    const once: number[][][] = [];
    const first = source({ sampling });
    let saved: State = {};
    await take(first, 12, (batch, step) => {
      once.push(valuesOf(batch));
      if (step === 4) saved = first.save();
    });
    const later = source({ sampling });
    later.load(saved);
    await take(later, 7, (batch, step) => {
      assert.deepEqual(valuesOf(batch), once[step + 5]);
    });
  });

  test(`${kind}: a training taken up in the middle ends with the same bits`, async () => {
    const run = async (until: number, resume?: State) => {
      const student = make('sage', { hidden: [4] });
      const place = { student, teachers: [], batch: source({ sampling }).example!(), rng: Rng.root(1) };
      const learner = {
        name: 'student',
        student,
        objective: { name: 'node-labels', ...nodeLabels.build({}, place) },
        estimator: meanEstimator(),
        optimizer: { name: 'adam', ...adam.build(adam.options.parse({})) },
        learningRate: 0.01,
      };
      let state: State = {};
      const stage = {
        name: 's',
        title: 's',
        learners: [learner],
        teachers: [],
        source: source({ sampling }),
        steps: 9,
      };
      await train(stage, {
        rng: Rng.root(9),
        logEvery: 100,
        onMetrics: () => undefined,
        checkpoint: (step, make) => {
          if (step === until) state = make();
        },
        interrupted: () => false,
        ...(resume && { resume }),
      });
      return { state, params: saveVariables(student.params) };
    };
    const whole = await run(4);
    assert.deepEqual((await run(9, whole.state)).params, whole.params);
  });
}

test('no nodes are refused, and no tensor is left behind', async () => {
  assert.throws(() => source({ nodes: new Int32Array(0) }), KdlabError);
  const from = source();
  await take(from, 1, () => undefined);
  const before = tf.memory().numTensors;
  const context = { rng: Rng.root(7), student: undefined as never, teachers: [] };
  let step = 0;
  for await (const _ of from.batches(context)) if (step++ === 10) break;
  assert.equal(tf.memory().numTensors, before);
});
