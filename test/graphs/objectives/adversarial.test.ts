import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { graphBatch, knownLabels } from '../../../graphs/batch';
import type { Graph } from '../../../graphs/graph';
import mlp from '../../../graphs/models/mlp';
import type { ObjectivePlace } from '../../../graphs/objective';
import adversarialFeatures from '../../../graphs/objectives/adversarial-features';
import graphAkd from '../../../graphs/objectives/graph-akd';
import { momentAt } from '../../../src/core/moment';
import type { Batch, Model, Objective, Outputs } from '../../../src/core/types';
import { trace } from '../../../src/engine/trace';
import { kl } from '../../../src/math/divergence';
import { Rng } from '../../../src/math/rng';
import { useEngine } from '../../support/engine';
import { assertClose, assertGradient } from '../../support/numbers';
import { CLASSES, NODES, rowsOf, smallGraph, wideGraph, withLoops } from '../small-graph';

const at = momentAt({ step: 0, epoch: 0, progress: 0 });

const normal = (label: string, columns: number) =>
  tf.tensor2d(
    Rng.root(17)
      .split(label)
      .normal(NODES * columns),
    [NODES, columns],
  );

function placeOf(graph: Graph): { place: ObjectivePlace; batch: Batch; student: Model; teacher: Outputs } {
  const batch = graphBatch(graph, { labels: knownLabels(graph.labels, [0, 3]) });
  const student = mlp.build(mlp.options.parse({ hidden: [4], dropout: 0 }), {
    id: 'student',
    inputShape: [graph.features.columns],
    classes: CLASSES,
    rng: Rng.root(5),
  });
  const teacher = { logits: normal('teacher', CLASSES), taps: { hidden1: normal('teacher hidden', 3) } };
  const taught = { ...student, id: 'teacher', taps: ['hidden1'], signal: () => teacher };
  return { place: { student, teachers: [taught], batch, rng: Rng.root(1) }, batch, student, teacher };
}

before(useEngine);

for (const [kind, graph] of [
  ['in full', smallGraph()],
  ['as a matrix', wideGraph()],
] as const)
  test(`adversarial-features: features ${kind} move within epsilon to where the divergence is larger`, () => {
    const { place, batch, student, teacher } = placeOf(graph);
    const objective = adversarialFeatures.build(adversarialFeatures.options.parse({ epsilon: 0.1 }), place);
    const lesson = { batch, teachers: [teacher] };
    const own = () => student.forward(batch, { training: false });
    const still = kl(teacher.logits, own().logits).dataSync();
    const moved = objective.loss(own(), lesson, at).adversarial!;
    assert.deepEqual(moved.shape, [NODES]);
    const gains = [...moved.dataSync()].map((value, i) => value - still[i]!);
    // A node whose hidden units are all off has no gradient and stays.
    assert.ok(gains.every((gain) => gain >= 0) && gains.filter((gain) => gain > 1e-3).length >= 3, `${gains}`);
    // A single step of the whole width is the sign of the gradient, by hand.
    const one = adversarialFeatures.build({ epsilon: 0.1, iterations: 1, step: 1 }, place);
    const entries = batch.extras!['features/values'];
    const given = (entries ?? batch.x) as tf.Tensor;
    const put = (x: tf.Tensor): Batch =>
      entries === undefined ? { ...batch, x } : { ...batch, extras: { ...batch.extras, 'features/moved': x } };
    const by = tf.grad((x: tf.Tensor) =>
      tf.sum(kl(teacher.logits, student.forward(put(x), { training: false }).logits)),
    );
    const there = put(tf.add(given, tf.mul(tf.sign(by(given)), 0.1)));
    assertClose(
      one.loss(own(), lesson, at).adversarial!.dataSync(),
      kl(teacher.logits, student.forward(there, { training: false }).logits).dataSync(),
      1e-5,
    );
  });

test('adversarial-features: its gradient by a parameter is that at the moved features; it is traced', () => {
  const { place, batch, student, teacher } = placeOf(smallGraph());
  const objective = adversarialFeatures.build({ epsilon: 0.1, iterations: 1, step: 1 }, place);
  const kernel = student.params['conv2/kernel']!;
  const own = () => student.forward(batch, { training: false });
  const loss = (): tf.Scalar => tf.sum(objective.loss(own(), { batch, teachers: [teacher] }, at).adversarial!);
  const { grads } = tf.variableGrads(loss, [kernel]);
  const by = tf.grad((x: tf.Tensor) =>
    tf.sum(kl(teacher.logits, student.forward({ ...batch, x }, { training: false }).logits)),
  );
  const moved: Batch = { ...batch, x: tf.add(batch.x, tf.mul(tf.sign(by(batch.x)), 0.1)) };
  const there = () => tf.sum<tf.Scalar>(kl(teacher.logits, student.forward(moved, { training: false }).logits));
  const expected = tf.variableGrads(there, [kernel]).grads;
  assertClose(grads[kernel.name]!.dataSync(), expected[kernel.name]!.dataSync(), 1e-5);
  const graph = trace((scope) => {
    const x = scope.placeholder('x', batch.x.shape);
    const given = { ...batch, x };
    const gradients = tf.variableGrads(
      () => tf.sum<tf.Scalar>(objective.loss(own(), { batch: given, teachers: [teacher] }, at).adversarial!),
      [kernel],
    );
    return { gradient: gradients.grads[kernel.name]! };
  });
  assert.ok(graph.nodes.length > 0);
});

test('graph-akd: discriminators and deception by hand, on the scores that their first parameters give', () => {
  const { place, batch, teacher } = placeOf(smallGraph());
  const ours: Outputs = { logits: normal('ours', CLASSES), taps: { hidden1: normal('our hidden', 4) } };
  const objective = graphAkd.build(graphAkd.options.parse({}), place);
  const found = objective.loss(ours, { batch, teachers: [teacher] }, at);
  const loops = withLoops();
  const entries = loops.flat().reduce((a, b) => a + b, 0);
  const map = objective.params!.map! as tf.Tensor as tf.Tensor2D;
  const [h, t] = [rowsOf(tf.matMul(ours.taps.hidden1 as tf.Tensor2D, map)), rowsOf(teacher.taps.hidden1!)];
  const unit = (row: number[]) => row.map((x) => x / Math.hypot(...row));
  const dot = (a: number[], b: number[]) => a.reduce((sum, x, k) => sum + x * b[k]!, 0);
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  const judged = (score: number, real: boolean) => -Math.log(sigmoid(real ? score : -score));
  const pairs = (rows: number[][], real: boolean) =>
    rows.map(
      (a, i) =>
        (rows.reduce((sum, b, j) => sum + loops[i]![j]! * judged(0.5 * dot(unit(a), unit(b)), real), 0) * NODES) /
        entries,
    );
  const summary = (rows: number[][]) =>
    rows[0]!.map((_, k) => sigmoid(rows.reduce((sum, row) => sum + row[k]! / NODES, 0)));
  const against = (by: number[], rows: number[][], real: boolean) =>
    rows.map((row) => judged(0.5 * dot(unit(row), by), real));
  const { params } = objective as { params: Record<string, tf.Variable> };
  const [inner, outer] = [rowsOf(params['logit/inner']!), rowsOf(params['logit/outer']!)];
  const read = (logits: tf.Tensor) =>
    rowsOf(logits).map((z) => {
      const hidden = z.map((x, k) => Math.max(0, x + z.reduce((sum, y, j) => sum + y * inner[j]![k]!, 0)));
      return outer[0]!.map((_, k) => hidden.reduce((sum, x, j) => sum + x * outer[j]![k]!, 0));
    });
  const { labels } = smallGraph();
  const votes = (logits: tf.Tensor, real: boolean) =>
    read(logits).map((row, i) => {
      const classes = row.slice(0, CLASSES).map(Math.exp);
      const total = classes.reduce((a, b) => a + b);
      const known = [0, 3].includes(i) ? (-Math.log(classes[labels[i]!]! / total) * NODES) / 2 : 0;
      return (judged(row.at(-1)!, real) + known) / 2;
    });
  const sum = (...all: number[][]) => all[0]!.map((_, i) => all.reduce((total, one) => total + one[i]!, 0));
  assertClose(
    found.discriminators!.dataSync(),
    sum(
      votes(teacher.logits, true),
      votes(ours.logits, false),
      pairs(t, true),
      pairs(h, false),
      against(summary(t), t, true),
      against(summary(t), h, false),
      against(summary(h), h, true),
      against(summary(h), t, false),
    ),
    1e-4,
  );
  assertClose(
    found.deception!.dataSync(),
    sum(
      votes(ours.logits, true),
      pairs(h, true),
      against(summary(t), h, true),
      against(summary(h), h, true),
      against(summary(h), t, false),
    ),
    1e-4,
  );
  assertClose(
    found.distance!.dataSync(),
    rowsOf(tf.abs(tf.sub(ours.logits, teacher.logits))).map((row) => row.reduce((a, b) => a + b)),
    1e-5,
  );
});

test('graph-akd: the student learns from deception and distance alone, the discriminators from their own term alone', () => {
  const { place, batch, teacher } = placeOf(smallGraph());
  const objective: Omit<Objective, 'name'> = graphAkd.build(graphAkd.options.parse({}), place);
  const hidden = normal('our hidden', 4);
  const terms = (logits: tf.Tensor2D) =>
    objective.loss({ logits, taps: { hidden1: hidden } }, { batch, teachers: [teacher] }, at);
  const total = (logits: tf.Tensor2D, names: readonly string[]): tf.Scalar => {
    const all = terms(logits);
    return names.map((name) => tf.sum<tf.Scalar>(all[name]!)).reduce((a, b) => tf.add(a, b));
  };
  const logits = normal('ours', CLASSES);
  assertGradient((z) => total(z, ['deception', 'distance']), logits, { step: 2e-3, tolerance: 1e-2 });
  const names = ['discriminators', 'deception', 'distance'];
  const everything = tf.grad((z: tf.Tensor) => total(z as tf.Tensor2D, names))(logits);
  const without = tf.grad((z: tf.Tensor) => total(z as tf.Tensor2D, names.slice(1)))(logits);
  assertClose(everything.dataSync(), without.dataSync(), 1e-6);
  const { params } = objective as { params: Record<string, tf.Variable> };
  const own = Object.entries(params).filter(([name]) => name !== 'map');
  const by = (chosen: readonly string[]) =>
    tf.variableGrads(
      () => total(logits, chosen),
      own.map(([, variable]) => variable),
    ).grads;
  const [all, alone] = [by(names), by(names.slice(0, 1))];
  for (const [, variable] of own) assertClose(all[variable.name]!.dataSync(), alone[variable.name]!.dataSync(), 1e-6);
});
