import assert from 'node:assert/strict';
import path from 'node:path';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { graphBatch, knownLabels } from '../../../graphs/batch';
import { buildGraphObjective, type GraphObjectiveDefinition, type ObjectivePlace } from '../../../graphs/objective';
import { momentAt } from '../../../src/core/moment';
import { namesIn, resolveNamed } from '../../../src/core/resolve';
import type { Batch, Lesson, Model, Objective, Outputs } from '../../../src/core/types';
import { trace } from '../../../src/engine/trace';
import { Rng } from '../../../src/math/rng';
import { useEngine } from '../../support/engine';
import { assertClose, assertGradient } from '../../support/numbers';
import {
  adjacency,
  CLASSES,
  FEATURES,
  type Matrix,
  NODES,
  rowsOf,
  smallGraph,
  softmax,
  withLoops,
} from '../small-graph';

const FOLDER = path.resolve(__dirname, '../../../graphs/objectives');
const at = momentAt({ step: 0, epoch: 0, progress: 0 });
const A = adjacency();
const LOOPS = withLoops();
const ENTRIES = LOOPS.flat().reduce((a, b) => a + b, 0);

function normal(label: string, rows: number, columns: number): tf.Tensor2D {
  return tf.tensor2d(
    Rng.root(11)
      .split(label)
      .normal(rows * columns),
    [rows, columns],
  );
}

let batch: Batch;
let student: Model;
before(async () => {
  await useEngine();
  const graph = smallGraph();
  batch = graphBatch(graph, { labels: knownLabels(graph.labels, [0, 3]) });
  student = modelOf('student', 3, 2);
});

/** A model that says what it is told: taps of fixed width, for objectives that ask for widths. */
function modelOf(id: string, hidden: number, heads: number): Model {
  return {
    id,
    inputShape: [FEATURES],
    classes: CLASSES,
    params: { 'conv1/kernel': tf.variable(normal(id, 2, 2)), 'conv2/kernel': tf.variable(normal(`${id}2`, 1, 2)) },
    taps: ['hidden1', 'attention1'],
    coupling: 'batch',
    cost: { parameters: 0, bytes: 0, multiplyAdds: 0 },
    forward: () => outputsOf(id, hidden, heads),
  };
}

function outputsOf(label: string, hidden: number, heads = 2): Outputs {
  const rows: number[][] = [];
  // Rows of attention sum to 1 over the entries of a node.
  for (let head = 0; head < heads; head++) {
    const scores = [...Rng.root(13).split(label, head).normal(ENTRIES)];
    let from = 0;
    rows.push(
      LOOPS.flatMap((row) => {
        const count = row.reduce((a, b) => a + b, 0);
        from += count;
        return softmax(scores.slice(from - count, from));
      }),
    );
  }
  return {
    logits: normal(`${label}/logits`, NODES, CLASSES),
    taps: {
      hidden1: normal(`${label}/hidden`, NODES, hidden),
      attention1: tf.transpose(tf.tensor2d(rows)),
      entropyShift: tf.tensor1d([0, 0.25, 0.5, 1, 0.1]),
      entropyRank: tf.tensor1d([0.6, 0.2, 0.8, 0, 0.4]),
    },
  };
}

function build(name: string, options: object = {}, teacherWidth = 3): Omit<Objective, 'name'> {
  const definition = resolveNamed<GraphObjectiveDefinition>('objective', [FOLDER], name);
  return definition.build(definition.options.parse(options), placeOf(teacherWidth));
}

function placeOf(teacherWidth: number): ObjectivePlace {
  const signal = () => outputsOf('teacher', teacherWidth, 2);
  return { student, teachers: [{ ...modelOf('teacher', teacherWidth, 2), signal }], batch, rng: Rng.root(1) };
}

const lessonOf = (teacher: Outputs): Lesson => ({ batch, teachers: [teacher] });

function values(objective: Omit<Objective, 'name'>, ours: Outputs, teacher: Outputs): Record<string, number[]> {
  return tf.tidy(() =>
    Object.fromEntries(
      Object.entries(objective.loss(ours, lessonOf(teacher), at)).map(([name, term]) => {
        assert.deepEqual(term.shape, [NODES], `${name} is one number a node`);
        return [name, [...term.dataSync()]];
      }),
    ),
  );
}

const kl = (p: readonly number[], q: readonly number[]) =>
  p.reduce((sum, value, i) => sum + (value === 0 ? 0 : value * Math.log(value / q[i]!)), 0);
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const neighborsOf = (a: Matrix, i: number) => a[i]!.flatMap((value, j) => (value === 0 ? [] : [j]));
const distributions = (logits: tf.Tensor, T = 1) => rowsOf(logits).map((row) => softmax(row.map((z) => z / T)));

/** Objectives that compare with a teacher, with which tap a gradient is taken by. */
const COMPARING: Record<string, { options?: object; by: 'logits' | 'hidden1' | 'attention1'; alike?: 'zero' }> = {
  glnn: { by: 'logits', alike: 'zero' },
  'neighbor-kl': { by: 'logits' },
  'ff-g2m': { by: 'logits', options: { lambda: 0 } },
  krd: { by: 'logits', options: { lambda: 0.3 } },
  cpf: { by: 'logits', alike: 'zero' },
  lsp: { by: 'hidden1', alike: 'zero' },
  'message-matching': { by: 'hidden1', alike: 'zero' },
  'attention-rows': { by: 'attention1', alike: 'zero' },
  gsp: { by: 'hidden1', alike: 'zero' },
  'g-crd': { by: 'hidden1' },
  'gnn-sd': { by: 'hidden1' },
  gkd: { by: 'hidden1', alike: 'zero', options: { delta: 0.2 } },
  rdd: { by: 'logits' },
  'node-attention': { by: 'hidden1', alike: 'zero' },
  'node-labels': { by: 'logits' },
};

/** Objectives with a test file of their own. */
const ELSEWHERE = ['l2', 'graph-akd', 'adversarial-features'];

for (const [name, { options = {}, by, alike }] of Object.entries(COMPARING)) {
  test(`${name}: its gradient is the difference${alike ? ', and it is zero where student and teacher agree' : ''}`, () => {
    const objective = build(name, options);
    const [ours, teacher] = [outputsOf('student', 3), outputsOf('teacher', 3)];
    const withTap = (tap: tf.Tensor2D): Outputs =>
      by === 'logits' ? { ...ours, logits: tap } : { ...ours, taps: { ...ours.taps, [by]: tap } };
    const total = (tap: tf.Tensor2D): tf.Scalar => {
      const terms = objective.loss(withTap(tap), lessonOf(teacher), at);
      return Object.values(terms).reduce<tf.Scalar>((sum, term) => tf.add(sum, tf.sum(term)), tf.scalar(0));
    };
    // The earlier layer of gnn-sd is fixed: the gradient by it is not the difference of the loss.
    const by2 = name === 'gnn-sd' ? undefined : ((by === 'logits' ? ours.logits : ours.taps[by]) as tf.Tensor2D);
    if (by2 !== undefined) assertGradient(total, by2, { step: 5e-3, tolerance: 1e-2 });
    if (alike === 'zero') {
      const found = values(objective, teacher, teacher);
      for (const term of Object.values(found)) assertClose(term, new Array(NODES).fill(0), 2e-5);
    }
  });

  test(`${name} is traced with its graph as placeholders`, () => {
    const objective = build(name, options);
    const graph = trace((scope) => {
      const extras = Object.fromEntries(
        Object.entries(batch.extras!).map(([key, { shape, dtype }]) => [
          key,
          scope.placeholder(key, shape, dtype as 'int32' | 'float32'),
        ]),
      );
      const given = { ...batch, extras };
      return { ...objective.loss(outputsOf('student', 3), { batch: given, teachers: [outputsOf('teacher', 3)] }, at) };
    });
    assert.ok(graph.nodes.length > 0);
  });
}

test('every objective of the folder is tested here', () => {
  assert.deepEqual(
    namesIn([FOLDER]).filter((name) => COMPARING[name] === undefined && !ELSEWHERE.includes(name)),
    [],
  );
});

test('node-labels: the mean over all nodes is the mean over the labelled', () => {
  const ours = outputsOf('student', 3);
  const p = distributions(ours.logits);
  const labels = smallGraph().labels;
  const expected = p.map((row, i) => ([0, 3].includes(i) ? (-Math.log(row[labels[i]!]!) * NODES) / 2 : 0));
  assertClose(values(build('node-labels'), ours, ours).hard!, expected, 1e-5);
});

test('glnn: labels weigh lambda, soft labels 1 − lambda', () => {
  const [ours, teacher] = [outputsOf('student', 3), outputsOf('teacher', 3)];
  const { soft, hard } = values(build('glnn', { lambda: 0.25 }), ours, teacher);
  const [p, q] = [distributions(teacher.logits), distributions(ours.logits)];
  assertClose(
    soft!,
    p.map((row, i) => 0.75 * kl(row, q[i]!)),
    1e-5,
  );
  const all = values(build('node-labels'), ours, teacher).hard!;
  assertClose(
    hard!,
    all.map((value) => 0.25 * value),
    1e-6,
  );
});

for (const kernel of ['linear', 'polynomial', 'rbf', 'l2', 'cosine'] as const)
  test(`lsp with the ${kernel} kernel is its formula, edge by edge`, () => {
    const [ours, teacher] = [outputsOf('student', 3), outputsOf('wide teacher', 4)];
    const sigma = 1.5;
    const sim = {
      linear: dot,
      polynomial: (a: number[], b: number[]) => dot(a, b) ** 2,
      l2: (a: number[], b: number[]) => a.reduce((sum, x, k) => sum + (x - b[k]!) ** 2, 0),
      rbf: (a: number[], b: number[]) =>
        Math.exp(-a.reduce((sum, x, k) => sum + (x - b[k]!) ** 2, 0) / (2 * sigma ** 2)),
      cosine: (a: number[], b: number[]) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)),
    }[kernel];
    const structure = (outputs: Outputs, i: number) => {
      const z = rowsOf(outputs.taps.hidden1!);
      return softmax(neighborsOf(A, i).map((j) => sim(z[i]!, z[j]!)));
    };
    const expected = (from: 'student' | 'teacher') =>
      A.map((_, i) =>
        from === 'student'
          ? kl(structure(ours, i), structure(teacher, i))
          : kl(structure(teacher, i), structure(ours, i)),
      );
    for (const from of ['student', 'teacher'] as const)
      assertClose(values(build('lsp', { kernel, sigma, from }), ours, teacher).structure!, expected(from), 2e-4);
  });

test('message-matching: squared error of the neighbours’ means, through a map where widths differ', () => {
  const [ours, teacher] = [outputsOf('student', 3), outputsOf('teacher', 3)];
  const means = (outputs: Outputs) => {
    const h = rowsOf(outputs.taps.hidden1!);
    return A.map((_, i) => {
      const listened = neighborsOf(A, i);
      return h[0]!.map((_, k) => listened.reduce((sum, j) => sum + h[j]![k]! / listened.length, 0));
    });
  };
  const [a, b] = [means(ours), means(teacher)];
  const expected = a.map((row, i) => row.reduce((sum, x, k) => sum + (x - b[i]![k]!) ** 2 / row.length, 0));
  assertClose(values(build('message-matching'), ours, teacher).message!, expected, 1e-5);
  const mapped = build('message-matching', {}, 5);
  assert.deepEqual(mapped.params!.map!.shape, [3, 5]);
  assert.ok(values(mapped, ours, outputsOf('teacher', 5)).message!.every(Number.isFinite));
  assert.throws(() => build('message-matching', { teacher: 'hidden9' }), /teacher's "hidden9"; teacher has hidden1/);
});

test('neighbor-kl and ff-g2m: means over edges with loops, edge by edge', () => {
  const [ours, teacher] = [outputsOf('student', 3), outputsOf('teacher', 3)];
  const [t, s] = [distributions(teacher.logits), distributions(ours.logits)];
  const low = A.map((_, i) => neighborsOf(LOOPS, i).reduce((sum, j) => sum + kl(t[j]!, s[i]!), 0) * (NODES / ENTRIES));
  assertClose(values(build('neighbor-kl'), ours, teacher).neighbors!, low, 1e-5);
  const [zt, zs] = [rowsOf(teacher.logits), rowsOf(ours.logits)];
  const apart = (z: Matrix, i: number, j: number) => softmax(z[i]!.map((x, k) => Math.abs(x - z[j]![k]!) / 1.5));
  const high = A.map(
    (_, i) =>
      neighborsOf(LOOPS, i).reduce((sum, j) => sum + kl(apart(zt, i, j), apart(zs, i, j)), 0) * (NODES / ENTRIES),
  );
  const found = values(build('ff-g2m', { lambda: 0.4 }), ours, teacher);
  assertClose(
    found.low!,
    low.map((x) => 0.6 * x),
    1e-5,
  );
  assertClose(
    found.high!,
    high.map((x) => 0.6 * x),
    1e-5,
  );
  assertClose(
    found.hard!,
    values(build('node-labels'), ours, teacher).hard!.map((x) => 0.4 * x),
    1e-5,
  );
});

test('attention-rows: KL of each node’s row, heads averaged', () => {
  const [ours, teacher] = [outputsOf('student', 3), outputsOf('teacher', 3)];
  const averaged = (outputs: Outputs) => rowsOf(outputs.taps.attention1!).map(([a, b]) => (a! + b!) / 2);
  const [p, q] = [averaged(teacher), averaged(ours)];
  let from = 0;
  const expected = LOOPS.map((row) => {
    const count = row.reduce((a, b) => a + b, 0);
    from += count;
    return kl(p.slice(from - count, from), q.slice(from - count, from));
  });
  assertClose(values(build('attention-rows'), ours, teacher).attention!, expected, 1e-5);
});

test('cpf: distances of predictions where no label is known, nothing elsewhere', () => {
  const [ours, teacher] = [outputsOf('student', 3), outputsOf('teacher', 3)];
  const [t, s] = [distributions(teacher.logits), distributions(ours.logits)];
  const expected = t.map((row, i) => ([0, 3].includes(i) ? 0 : Math.hypot(...row.map((x, k) => x - s[i]![k]!))));
  assertClose(values(build('cpf'), ours, teacher).distance!, expected, 1e-5);
});

test('krd: neighbours weigh what they can be trusted, 1 − ρ^α', () => {
  const [ours, teacher] = [outputsOf('student', 3), outputsOf('teacher', 3)];
  const trust = [0, 0.25, 0.5, 1, 0.1].map((rho) => 1 - rho ** 2);
  const [t, s] = [distributions(teacher.logits, 0.8), distributions(ours.logits, 0.8)];
  const expected = A.map((_, i) => {
    const listened = neighborsOf(A, i);
    const sum = listened.reduce((total, j) => total + trust[j]! * kl(t[j]!, s[i]!), 0);
    // Node 3 alone has one neighbour; node 4 has none.
    return (
      (0.5 * sum) /
      Math.max(
        1e-6,
        listened.reduce((total, j) => total + trust[j]!, 0),
      )
    );
  });
  const found = values(build('krd', { alpha: 2 }), ours, teacher);
  assertClose(found.neighbors!, expected, 1e-5);
});

test('gsp: rows of both n × n likenesses, by cosine and by product', () => {
  const [ours, teacher] = [outputsOf('student', 3), outputsOf('wide teacher', 4)];
  for (const kernel of ['cosine', 'dot'] as const) {
    const like = (outputs: Outputs) => {
      const h = rowsOf(outputs.taps.hidden1!);
      return h.map((a) => h.map((b) => dot(a, b) / (kernel === 'dot' ? 1 : Math.sqrt(dot(a, a) * dot(b, b)))));
    };
    const [t, s] = [like(teacher), like(ours)];
    const expected = t.map((row, i) => row.reduce((sum, x, j) => sum + (x - s[i]![j]!) ** 2 / NODES, 0));
    assertClose(values(build('gsp', { kernel }), ours, teacher).similarity!, expected, 2e-4);
  }
});

test('g-crd: −log of the own row’s share, through heads to unit length', () => {
  const [ours, teacher] = [outputsOf('student', 3), outputsOf('teacher', 3)];
  const objective = build('g-crd', { width: 2, temperature: 0.5 });
  const headed = (h: tf.Tensor, head: string) =>
    rowsOf(tf.matMul(h as tf.Tensor2D, objective.params![head]! as tf.Tensor as tf.Tensor2D)).map((row) =>
      row.map((x) => x / Math.hypot(...row)),
    );
  const s = headed(ours.taps.hidden1!, 'studentHead');
  const t = headed(teacher.taps.hidden1!, 'teacherHead');
  const expected = s.map((row, i) => -Math.log(softmax(t.map((other) => dot(row, other) / 0.5))[i]!));
  assertClose(values(objective, ours, teacher).contrast!, expected, 1e-4);
});

test('gnn-sd: squared falls of the neighbourhood discrepancy; the earlier layer gets no gradient', () => {
  const ours = outputsOf('student', 3);
  const rate = (h: Matrix) =>
    A.map((_, i) => {
      const listened = neighborsOf(A, i);
      if (listened.length === 0) return 1;
      const mean = h[0]!.map((_, k) => listened.reduce((sum, j) => sum + h[j]![k]! / listened.length, 0));
      return 1 - dot(mean, h[i]!) / Math.sqrt(dot(mean, mean) * dot(h[i]!, h[i]!));
    });
  const [first, last] = [rate(rowsOf(ours.taps.hidden1!)), rate(rowsOf(ours.logits))];
  const expected = first.map((r, i) => Math.max(0, r - last[i]!) ** 2);
  const objective = build('gnn-sd');
  assertClose(values(objective, ours, ours).discrepancy!, expected, 1e-4);
  const by = (tap: 'hidden1' | 'logits') =>
    tf
      .grad((x: tf.Tensor) => {
        const moved = tap === 'logits' ? { ...ours, logits: x as tf.Tensor2D } : { ...ours, taps: { hidden1: x } };
        // Nothing leads from the earlier layer to the loss: tfjs wants a way.
        return tf.add(tf.sum(objective.loss(moved, lessonOf(ours), at).discrepancy!), tf.mul(tf.sum(x), 0));
      })(tap === 'logits' ? ours.logits : ours.taps.hidden1!)
      .dataSync();
  assert.ok(by('hidden1').every((x) => x === 0));
  assert.ok(by('logits').some((x) => x !== 0) || expected.every((x) => x === 0));
});

for (const kernel of ['sigmoid', 'gaussian'] as const)
  test(`gkd with the ${kernel} kernel: squared differences over all pairs, those without an edge weighed by delta`, () => {
    const [ours, teacher] = [outputsOf('student', 3), outputsOf('wide teacher', 4)];
    const heat = (outputs: Outputs) => {
      const h = rowsOf(outputs.taps.hidden1!);
      const columns = h[0]!.map((_, k) => h.map((row) => row[k]!));
      const scaled = columns.map((column) => {
        const mean = column.reduce((a, b) => a + b) / NODES;
        const deviation = Math.sqrt(column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / NODES);
        return column.map((x) => (x - mean) / deviation);
      });
      const rows = h.map((_, i) => scaled.map((column) => column[i]!));
      const squared = (a: number[], b: number[]) => a.reduce((sum, x, k) => sum + (x - b[k]!) ** 2, 0);
      return rows.map((a) =>
        rows.map((b) => (kernel === 'sigmoid' ? Math.tanh(dot(a, b)) : Math.exp(-squared(a, b) / 8))),
      );
    };
    const [t, s] = [heat(teacher), heat(ours)];
    for (const delta of [1, 0.3]) {
      const expected = t.map((row, i) =>
        row.reduce((sum, x, j) => sum + ((LOOPS[i]![j] === 1 ? 1 : delta) * (x - s[i]![j]!) ** 2) / NODES, 0),
      );
      assertClose(values(build('gkd', { kernel, delta, time: 2 }), ours, teacher).heat!, expected, 2e-4);
    }
  });

test('node-attention: squared lengths of the nodes’ rows, as a vector of length 1', () => {
  const [ours, teacher] = [outputsOf('student', 3), outputsOf('wide teacher', 4)];
  const strength = (outputs: Outputs) => {
    const energies = rowsOf(outputs.taps.hidden1!).map((row) => dot(row, row));
    return energies.map((energy) => energy / Math.hypot(...energies));
  };
  const [t, s] = [strength(teacher), strength(ours)];
  assertClose(
    values(build('node-attention'), ours, teacher).attention!,
    t.map((x, i) => (x - s[i]!) ** 2),
    1e-6,
  );
});

test('rdd: reliable nodes decided otherwise, and edges between reliable nodes of one class', () => {
  const [ours, teacher] = [outputsOf('student', 3), outputsOf('teacher', 3)];
  const decided = (outputs: Outputs) => rowsOf(outputs.logits).map((row) => row.indexOf(Math.max(...row)));
  const [t, s] = [decided(teacher), decided(ours)];
  const [p, q] = [distributions(teacher.logits), distributions(ours.logits)];
  const squared = (a: number[], b: number[]) => a.reduce((sum, x, k) => sum + (x - b[k]!) ** 2, 0);
  // Of the nodes without a label (1, 2, 4), 1 and 4 are among the surest half.
  const reliable = t.map((c, i) => ([0, 3].includes(i) ? c === smallGraph().labels[i] : [1, 4].includes(i)));
  const chosen = reliable.map((yes, i) => yes && t[i] !== s[i]);
  const count = Math.max(1, chosen.filter(Boolean).length);
  const found = values(build('rdd', { share: 0.5, beta: 2 }), ours, teacher);
  assertClose(
    found.nodes!,
    p.map((row, i) => (chosen[i] ? (squared(row, q[i]!) * NODES) / count : 0)),
    1e-5,
  );
  const trusted = (i: number, j: number) => A[i]![j] === 1 && reliable[i]! && reliable[j]! && t[i] === t[j];
  const pairs = Math.max(1, A.flatMap((row, i) => row.filter((_, j) => trusted(i, j))).length);
  assertClose(
    found.edges!,
    q.map(
      (row, i) =>
        q.reduce((sum, other, j) => sum + (trusted(i, j) ? squared(row, other) : 0), 0) * ((2 * NODES) / pairs),
    ),
    1e-5,
  );
});

test('l2: half the squares of the parameters named, the same for every node', () => {
  const kernel = rowsOf(student.params['conv1/kernel']!).flat();
  const expected = (0.1 / 2) * dot(kernel, kernel);
  const ours = outputsOf('student', 3);
  assertClose(
    values(build('l2', { lambda: 0.1, only: 'conv1/' }), ours, ours).l2!,
    new Array(NODES).fill(expected),
    1e-6,
  );
  assert.throws(() => build('l2', { only: 'conv9' }), /no parameter of student begins with "conv9"/);
});

test('a list of objectives is their weighted sum, those of src among them', () => {
  const folders = [FOLDER, path.resolve(__dirname, '../../../src/objectives')];
  const place = placeOf(3);
  const parts = [
    { kd: { temperature: 1, alpha: 1 }, weight: 2 },
    { gsp: { student: 'hidden1', teacher: 'hidden1', kernel: 'cosine' }, weight: 0.5 },
  ];
  const found = values(buildGraphObjective(parts, folders, place), outputsOf('student', 3), outputsOf('teacher', 3));
  const gsp = values(build('gsp'), outputsOf('student', 3), outputsOf('teacher', 3)).similarity!;
  assert.deepEqual(Object.keys(found), ['kd/soft', 'gsp/similarity']);
  assertClose(
    found['gsp/similarity']!,
    gsp.map((x) => x / 2),
    1e-6,
  );
});
