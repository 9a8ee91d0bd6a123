import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { graphBatch } from '../../../graphs/batch';
import { areaUnderCurve, hitsAt } from '../../../graphs/evaluate/link-ranks';
import { contextualBlockModel } from '../../../graphs/generators/block-model';
import { disposePairs, linkBatch } from '../../../graphs/link-batch';
import linkPredictor from '../../../graphs/link-models/link-predictor';
import linkLabels from '../../../graphs/link-objectives/link-labels';
import linkRanking from '../../../graphs/link-objectives/link-ranking';
import { candidateCount, linkBatches } from '../../../graphs/sources/link-batches';
import { linkSplit } from '../../../graphs/splits/link-split';
import { KdlabError } from '../../../src/core/errors';
import { momentAt } from '../../../src/core/moment';
import type { State } from '../../../src/core/state';
import type { Batch, Source } from '../../../src/core/types';
import { trace } from '../../../src/engine/trace';
import { Rng } from '../../../src/math/rng';
import { useEngine } from '../../support/engine';
import { assertClose, assertGradient } from '../../support/numbers';
import { rowsOf, smallGraph } from '../small-graph';

const graph = contextualBlockModel({ nodes: 80, classes: 2, degree: 6, features: 4 }, Rng.root(1));
const at = momentAt({ step: 0, epoch: 0, progress: 0 });
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

before(useEngine);

test('a split hides edges on both sides, tells pairs that are none, and keeps all nodes', () => {
  const split = linkSplit(graph, Rng.root(2), { validation: 0.1, test: 0.2 });
  const edges = graph.directedEdges / 2;
  assert.equal(split.test.edges.from.length, Math.floor(0.2 * edges));
  assert.equal(split.observed.nodes, 80);
  const kept = split.observed.directedEdges / 2;
  assert.equal(kept + split.test.edges.from.length + split.validation.edges.from.length, edges);
  for (const { edges: hidden, others } of [split.validation, split.test]) {
    hidden.from.forEach((a, i) => {
      assert.ok(graph.neighbors(a).includes(hidden.to[i]!) && !split.observed.neighbors(a).includes(hidden.to[i]!));
      assert.ok(!split.observed.neighbors(hidden.to[i]!).includes(a));
    });
    others.from.forEach((a, i) => {
      assert.ok(a !== others.to[i] && !graph.neighbors(a).includes(others.to[i]!));
    });
  }
  assert.equal(linkSplit(graph, Rng.root(2), { validation: 0.1, test: 0.2 }).hash, split.hash);
  assert.throws(() => linkSplit(smallGraph(), Rng.root(2), { validation: 0.1, test: 0.2 }), KdlabError);
});

test('link-predictor is its formula: rows of the encoder, their products, a perceptron', () => {
  const small = smallGraph();
  const nodes = graphBatch(small);
  const model = linkPredictor.build(
    linkPredictor.options.parse({ encoder: 'mlp', hidden: [3], decoder: 2, dropout: 0 }),
    { id: 'links', inputShape: [3], classes: 2, rng: Rng.root(4) },
  );
  const batch = linkBatch(nodes, { anchors: Int32Array.of(0, 4), candidates: Int32Array.of(1, 2, 3, 4) });
  const p = (name: string) => rowsOf(model.params[name]!);
  const times = (row: number[], kernel: number[][]) =>
    kernel[0]!.map((_, k) => row.reduce((sum, x, j) => sum + x * kernel[j]![k]!, 0));
  const h = rowsOf(nodes.x).map((row) => times(row, p('conv1/kernel')));
  const score = (a: number, b: number) =>
    times(
      times(
        h[a]!.map((x, k) => x * h[b]![k]!),
        p('decoder/inner'),
      ).map((x) => Math.max(0, x)),
      p('decoder/outer'),
    )[0]!;
  assertClose(
    model.forward(batch, { training: false }).logits.dataSync(),
    [score(0, 1), score(0, 2), score(4, 3), score(4, 4)],
    1e-5,
  );
  assert.throws(() => model.forward({ x: nodes.x, size: 5 }, { training: false }), /scores pairs of nodes/);
});

test('link-labels: cross-entropy of the pairs that are known, by hand and by differences', () => {
  const links = tf.tensor2d([
    [1, 0, -1],
    [-1, -1, -1],
  ]);
  const batch = { x: tf.zeros([2, 1]), size: 2, extras: { links } };
  const objective = linkLabels.build({});
  const logits = tf.tensor2d([
    [2, -1, 5],
    [1, 1, 1],
  ]);
  const loss = (z: tf.Tensor2D) => objective.loss({ logits: z, taps: {} }, { batch, teachers: [] }, at).hard!;
  const expected = (-Math.log(sigmoid(2)) - Math.log(sigmoid(1))) / 2;
  assertClose(loss(logits).dataSync(), [expected, 0], 1e-6);
  assertGradient((z) => tf.sum(loss(z)), logits);
});

test('link-ranking: how far the student misses the margin where the teacher ranks, by hand; zero where it ranks as widely', () => {
  const teacher = { logits: tf.tensor2d([[2, 0, 0.1, -3]]), taps: {} };
  const lesson = { batch: { x: tf.zeros([1, 1]), size: 1 }, teachers: [teacher] };
  const objective = linkRanking.build({ margin: 0.2 });
  const loss = (z: tf.Tensor2D) => objective.loss({ logits: z, taps: {} }, lesson, at).ranking!;
  const ours = [0.5, 1, -1, 0];
  const [t, s] = [[2, 0, 0.1, -3].map(sigmoid), ours.map(sigmoid)];
  let [sum, count] = [0, 0];
  for (let a = 0; a < 4; a++)
    for (let b = 0; b < 4; b++)
      if (t[a]! - t[b]! > 0.2) {
        sum += Math.max(0, 0.2 - (s[a]! - s[b]!));
        count++;
      }
  // Candidates 1 and 2 are alike to the teacher.
  assert.equal(count, 5);
  assertClose(loss(tf.tensor2d([ours])).dataSync(), [sum / count], 1e-6);
  assertClose(loss(teacher.logits).dataSync(), [0], 1e-7);
  assertGradient((z) => tf.sum(loss(z)), tf.tensor2d([ours]));
  const traced = trace((scope) => ({ loss: loss(scope.placeholder('z', [1, 4]) as tf.Tensor2D) }));
  assert.ok(traced.nodes.length > 0);
});

test('batches of links: every edge both ways once an epoch, candidates as told, the same from a saved position', async () => {
  const nodes = graphBatch(graph);
  const walk = { walks: 2, hops: 2, random: 3 };
  const source = (): Source => linkBatches({ graph, nodes, batchSize: 50, ...walk });
  const take = async (from: Source, count: number, see: (batch: Batch, step: number) => void) => {
    let step = 0;
    for await (const batch of from.batches({ rng: Rng.root(3), student: undefined as never, teachers: [] })) {
      see(batch, step++);
      if (step === count) break;
    }
  };
  const first = source();
  const perEpoch = Math.floor(graph.directedEdges / 50);
  assert.equal(first.stepsPerEpoch, perEpoch);
  const pairs = new Set<string>();
  const all: number[][] = [];
  let saved: State = {};
  await take(first, perEpoch + 2, (batch, step) => {
    const anchors = batch.x.dataSync();
    const [candidates, links] = [rowsOf(batch.extras!.candidates!), rowsOf(batch.extras!.links!)];
    candidates.forEach((row, i) => {
      assert.equal(row.length, candidateCount(walk));
      const near = graph.neighbors(anchors[i]!);
      assert.ok(near.includes(row[0]!) && links[i]![0] === 1);
      assert.deepEqual(links[i]!.slice(1, 5), [-1, -1, -1, -1]);
      assert.ok(near.includes(row[1]!) && near.includes(row[3]!));
      row.slice(5).forEach((node, k) => {
        assert.equal(links[i]![5 + k], node === anchors[i] || near.includes(node) ? -1 : 0);
      });
      if (step < perEpoch) pairs.add(`${anchors[i]} ${row[0]}`);
    });
    all.push(candidates.flat());
    if (step === 3) saved = first.save();
  });
  assert.equal(pairs.size, perEpoch * 50);
  const later = source();
  later.load(saved);
  await take(later, perEpoch - 2, (batch, step) => {
    assert.deepEqual(rowsOf(batch.extras!.candidates!).flat(), all[step + 4]);
  });
  const tensors = tf.memory().numTensors;
  await take(later, 4, () => undefined);
  assert.equal(tf.memory().numTensors, tensors);
  disposePairs(linkBatch(nodes, { anchors: Int32Array.of(0), candidates: Int32Array.of(1) }));
  assert.equal(tf.memory().numTensors, tensors);
});

test('hits and area under the curve, by hand and against counting all pairs', () => {
  const edges = Float32Array.of(0.9, 0.5, 0.2);
  const others = Float32Array.of(0.6, 0.5, 0.1, 0.1);
  assert.equal(hitsAt(1, edges, others).mean, 1 / 3);
  assert.equal(hitsAt(2, edges, others).mean, 1 / 3);
  assert.equal(hitsAt(3, edges, others).mean, 1);
  const scores = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 2, maxLength: 12 });
  fc.assert(
    fc.property(scores, scores, (a, b) => {
      const wins = a.flatMap((x) => b.map((y): number => (x > y ? 1 : x === y ? 0.5 : 0)));
      const area = areaUnderCurve(Float32Array.from(a), Float32Array.from(b)).mean;
      assertClose([area], [wins.reduce((sum, win) => sum + win, 0) / wins.length], 1e-9);
    }),
  );
});
