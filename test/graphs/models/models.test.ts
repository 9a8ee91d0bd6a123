import assert from 'node:assert/strict';
import path from 'node:path';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { graphBatch } from '../../../graphs/batch';
import type { Graph } from '../../../graphs/graph';
import { Draws } from '../../../src/core/draws';
import type { ModelDefinition } from '../../../src/core/model';
import { disposeParams } from '../../../src/core/params';
import { namesIn, resolveNamed } from '../../../src/core/resolve';
import type { Model } from '../../../src/core/types';
import { disposeBatch } from '../../../src/data/batch';
import { evaluate } from '../../../src/engine/program/evaluate';
import { optimize } from '../../../src/engine/program/optimize';
import { trace } from '../../../src/engine/trace';
import { Rng } from '../../../src/math/rng';
import { Csr } from '../../../src/sparse/csr';
import { useEngine } from '../../support/engine';
import { assertClose } from '../../support/numbers';
import {
  adjacency,
  CLASSES,
  each,
  FEATURE_ROWS,
  FEATURES,
  LABELS,
  type Matrix,
  NODES,
  plus,
  relu,
  rowMeans,
  rowsOf,
  scaled,
  smallGraph,
  softmax,
  times,
  wideGraph,
  withLoops,
} from '../small-graph';

const FOLDER = path.resolve(__dirname, '../../../graphs/models');
const OPTIONS: Record<string, object> = {
  gcn: { hidden: [4] },
  sage: { hidden: [4] },
  gat: { hidden: [3], heads: 2 },
  gatv2: { hidden: [3], heads: 2 },
  gin: { hidden: [4] },
  mlp: { hidden: [4] },
  rgcn: { hidden: [4], relations: 2 },
  sgc: { hops: 2 },
  appnp: { hidden: [4], hops: 3, teleport: 0.2 },
  gcnii: { hidden: 4, layers: 2 },
  cpf: { hidden: [4], hops: 3 },
  'tiny-gnn': { hidden: [4], peers: 2 },
};

function make(name: string, options: object = OPTIONS[name]!, features = FEATURES): Model {
  const definition = resolveNamed<ModelDefinition>('model', [FOLDER], name);
  const model = definition.build(definition.options.parse(options), {
    id: name,
    inputShape: [features],
    classes: CLASSES,
    rng: Rng.root(5),
  });
  // Biases and other constants begin at one value: move them, or a formula without them would pass.
  for (const [key, variable] of Object.entries(model.params))
    if (/[bB]ias|gain|epsilon/.test(key))
      variable.assign(tf.tensor(Rng.root(6).split(key).normal(variable.size, 0.2, 0.3), variable.shape));
  return model;
}

/** The relations of R-GCN here: all edges, and those between nodes of different classes. */
function batchOf(graph: Graph) {
  const pairs = Array.from({ length: NODES }, (_, u) => [...graph.neighbors(u)].map((v) => [u, v] as const)).flat();
  const mixed = pairs.filter(([u, v]) => graph.labels[u] !== graph.labels[v]);
  const across = Csr.fromEntries({
    rows: NODES,
    columns: NODES,
    rowIndices: mixed.map(([u]) => u),
    columnIndices: mixed.map(([, v]) => v),
  });
  return graphBatch(graph, { relations: [graph.adjacency, across] });
}

function logitsOf(model: Model, graph: Graph): Matrix {
  const batch = batchOf(graph);
  const rows = tf.tidy(() => rowsOf(model.forward(batch, { training: false }).logits));
  disposeBatch(batch);
  return rows;
}

before(useEngine);

const A = adjacency();
const LOOPS = withLoops();
const degrees = LOOPS.map((row) => row.reduce((a, b) => a + b, 0));
const NORMAL = LOOPS.map((row, i) => row.map((value, j) => value / Math.sqrt(degrees[i]! * degrees[j]!)));
const ACROSS = A.map((row, i) => row.map((value, j) => (LABELS[i] === LABELS[j] ? 0 : value)));
const X = FEATURE_ROWS;

/** Graph attention, written out edge by edge. `score` gives e_ij of a head. */
function attend(
  x: Matrix,
  kernel: Matrix,
  heads: number,
  score: (i: number, j: number, head: number) => number,
): Matrix {
  const sent = times(x, kernel);
  const width = kernel[0]!.length / heads;
  return sent.map((_, i) => {
    const out: number[] = [];
    for (let head = 0; head < heads; head++) {
      const listened = LOOPS[i]!.flatMap((value, j) => (value === 0 ? [] : [j]));
      const shares = softmax(listened.map((j) => score(i, j, head)));
      for (let k = 0; k < width; k++)
        out.push(listened.reduce((sum, j, at) => sum + shares[at]! * sent[j]![head * width + k]!, 0));
    }
    return out;
  });
}

const leaky = (x: number) => (x > 0 ? x : 0.2 * x);
const elu = (x: number) => (x > 0 ? x : Math.exp(x) - 1);
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** Each model again, by matrices stored in full. */
const FORMULAS: Record<string, (p: (name: string) => Matrix) => Matrix> = {
  gcn: (p) => {
    const h = each(plus(times(NORMAL, times(X, p('conv1/kernel'))), p('conv1/bias')), relu);
    return plus(times(NORMAL, times(h, p('conv2/kernel'))), p('conv2/bias'));
  },
  sage: (p) => {
    const layer = (x: Matrix, name: string) =>
      plus(times(x, p(`${name}/self`)), times(rowMeans(A), times(x, p(`${name}/neighbors`))), p(`${name}/bias`));
    return layer(each(layer(X, 'conv1'), relu), 'conv2');
  },
  gat: (p) => {
    const layer = (x: Matrix, name: string, heads: number) => {
      const kernel = p(`${name}/kernel`);
      const width = kernel[0]!.length / heads;
      const sent = times(x, kernel);
      const part = (i: number, head: number) => sent[i]!.slice(head * width, (head + 1) * width);
      const score = (i: number, j: number, head: number) =>
        leaky(dot(part(i, head), p(`${name}/target`)[head]!) + dot(part(j, head), p(`${name}/source`)[head]!));
      return plus(attend(x, kernel, heads, score), p(`${name}/bias`));
    };
    return layer(each(layer(X, 'conv1', 2), elu), 'conv2', 1);
  },
  gatv2: (p) => {
    const layer = (x: Matrix, name: string, heads: number) => {
      const kernel = p(`${name}/kernel`);
      const width = kernel[0]!.length / heads;
      const [sent, asked] = [times(x, kernel), times(x, p(`${name}/receiver`))];
      const score = (i: number, j: number, head: number) => {
        const sum = Array.from({ length: width }, (_, k) =>
          leaky(asked[i]![head * width + k]! + sent[j]![head * width + k]!),
        );
        return dot(sum, p(`${name}/score`)[head]!);
      };
      return plus(attend(x, kernel, heads, score), p(`${name}/bias`));
    };
    return layer(each(layer(X, 'conv1', 2), elu), 'conv2', 1);
  },
  gin: (p) => {
    const layer = (x: Matrix, name: string) => {
      const sum = plus(scaled(x, 1 + p(`${name}/epsilon`)[0]![0]!), times(A, x));
      const inner = each(plus(times(sum, p(`${name}/inner`)), p(`${name}/innerBias`)), relu);
      return plus(times(inner, p(`${name}/kernel`)), p(`${name}/bias`));
    };
    return layer(each(layer(X, 'conv1'), relu), 'conv2');
  },
  mlp: (p) => {
    const h = each(plus(times(X, p('conv1/kernel')), p('conv1/bias')), relu);
    return plus(times(h, p('conv2/kernel')), p('conv2/bias'));
  },
  rgcn: (p) => {
    const layer = (x: Matrix, name: string) =>
      plus(
        times(x, p(`${name}/self`)),
        ...[A, ACROSS].map((a, r) => times(rowMeans(a), times(x, p(`${name}/relation${r}`)))),
        p(`${name}/bias`),
      );
    return layer(each(layer(X, 'conv1'), relu), 'conv2');
  },
  sgc: (p) => plus(times(NORMAL, times(NORMAL, times(X, p('kernel')))), p('bias')),
  appnp: (p) => {
    const h = FORMULAS.mlp!(p);
    let z = h;
    for (let hop = 0; hop < 3; hop++) z = plus(scaled(times(NORMAL, z), 0.8), scaled(h, 0.2));
    return z;
  },
  gcnii: (p) => {
    const start = each(plus(times(X, p('input/kernel')), p('input/bias')), relu);
    let h = start;
    for (let layer = 1; layer <= 2; layer++) {
      const beta = Math.log(0.5 / layer + 1);
      const mixed = plus(scaled(times(NORMAL, h), 0.9), scaled(start, 0.1));
      h = each(plus(scaled(mixed, 1 - beta), scaled(times(mixed, p(`conv${layer}/kernel`)), beta)), relu);
    }
    return plus(times(h, p('output/kernel')), p('output/bias'));
  },
  'tiny-gnn': (p) => {
    const [query, key] = [times(X, p('conv1/query')), times(X, p('conv1/key'))];
    const attention = LOOPS.map((row, i) => {
      const listened = row.flatMap((value, j) => (value === 0 ? [] : [j]));
      const shares = softmax(listened.map((j) => dot(query[i]!, key[j]!) / Math.SQRT2));
      return row.map((value, j) => (value === 0 ? 0 : shares[listened.indexOf(j)]!));
    });
    const sum = plus(
      times(X, p('conv1/self')),
      times(rowMeans(A), times(X, p('conv1/neighbors'))),
      times(attention, times(X, p('conv1/value'))),
      p('conv1/bias'),
    );
    return plus(times(each(sum, relu), p('conv2/kernel')), p('conv2/bias'));
  },
  cpf: (p) => {
    const own = FORMULAS.mlp!(p).map(softmax);
    const confidence = times(X, p('propagation/confidence')).map(([c]) => c!);
    const mixed = times(X, p('propagation/balance')).map(
      ([b]) => 1 / (1 + Math.exp(-b! - p('propagation/balanceBias')[0]![0]!)),
    );
    const shares = LOOPS.map((row) => {
      const listened = row.flatMap((value, j) => (value === 0 ? [] : [j]));
      const weights = softmax(listened.map((j) => confidence[j]!));
      return row.map((value, j) => (value === 0 ? 0 : weights[listened.indexOf(j)]!));
    });
    let f: Matrix = LABELS.map((label) => [label === 0 ? 1 : 0, label === 1 ? 1 : 0]);
    for (let hop = 0; hop < 3; hop++)
      f = plus(
        times(shares, f).map((row, v) => row.map((x) => mixed[v]! * x)),
        own.map((row, v) => row.map((x) => (1 - mixed[v]!) * x)),
      );
    return each(f, (x) => Math.log(x + 1e-8));
  },
};

for (const name of namesIn([FOLDER])) {
  test(`${name} is its formula on full matrices`, () => {
    const model = make(name);
    const found = logitsOf(model, smallGraph());
    const formula = FORMULAS[name];
    assert.ok(formula !== undefined, `${name} has no formula here`);
    const expected = formula((key) => {
      const variable = model.params[key];
      assert.ok(variable !== undefined, `${name} has no parameter ${key}`);
      return rowsOf(variable);
    });
    assertClose(found.flat(), expected.flat(), 2e-5);
    disposeParams(model.params);
  });

  test(`${name}: renaming the nodes renames the results`, () => {
    const model = make(name);
    const plain = logitsOf(model, smallGraph());
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: NODES, maxLength: NODES }), (names) => {
        const renamed = logitsOf(model, smallGraph({ names }));
        assertClose(
          names.flatMap((to) => renamed[to]!),
          plain.flat(),
          2e-5,
        );
      }),
      { numRuns: 8 },
    );
    disposeParams(model.params);
  });

  test(`${name}: gradients of all parameters are differences, in training with dropout`, () => {
    const model = make(name);
    const batch = batchOf(smallGraph());
    const weights = tf.tensor2d(Rng.root(8).normal(NODES * CLASSES), [NODES, CLASSES]);
    const loss = (): tf.Scalar =>
      tf.sum(tf.mul(model.forward(batch, { training: true, draws: new Draws(Rng.root(9)) }).logits, weights));
    const { grads } = tf.variableGrads(loss, Object.values(model.params));
    for (const variable of Object.values(model.params)) {
      const analytic = Float32Array.from(grads[variable.name]!.dataSync());
      const values = Float32Array.from(variable.dataSync());
      // The element with the greatest gradient tells more than rounding.
      const i = analytic.reduce((best, value, at) => (Math.abs(value) > Math.abs(analytic[best]!) ? at : best), 0);
      const shifted = (by: number) => {
        const moved = Float32Array.from(values);
        moved[i] = moved[i]! + by;
        tf.tidy(() => variable.assign(tf.tensor(moved, variable.shape)));
        return tf.tidy(() => loss().dataSync()[0]!);
      };
      const numeric = (shifted(2e-3) - shifted(-2e-3)) / 4e-3;
      shifted(0);
      assertClose([analytic[i]!], [numeric], 5e-3 + 0.01 * Math.abs(numeric));
    }
    tf.dispose(grads);
    disposeBatch(batch);
    disposeParams(model.params);
  });

  test(`${name} is traced as a program that computes the same, and leaves no tensors`, () => {
    const model = make(name);
    const batch = batchOf(smallGraph());
    const before = tf.memory().numTensors;
    const expected = tf.tidy(() => Float32Array.from(model.forward(batch, { training: false }).logits.dataSync()));
    const graph = optimize(trace(() => ({ logits: model.forward(batch, { training: false }).logits })));
    const { outputs } = evaluate(graph, { variables: graph.variables.map((variable) => variable.dataSync()) });
    assertClose(outputs.logits!, expected, 2e-5);
    assert.equal(tf.memory().numTensors, before);
    disposeBatch(batch);
    disposeParams(model.params);
  });
}

test('features stored as a matrix give what they give in full', () => {
  const wide = wideGraph();
  const asMatrix = graphBatch(wide);
  assert.ok(asMatrix.extras!['features/pointers'] !== undefined);
  const inFull = { ...asMatrix, x: tf.tensor2d(wide.features.gather([0, 1, 2, 3, 4]), [NODES, 25]) };
  const { 'features/pointers': _, ...extras } = asMatrix.extras!;
  for (const name of ['gcn', 'mlp', 'gat']) {
    const model = make(name, OPTIONS[name], 25);
    const [a, b] = [asMatrix, { ...inFull, extras }].map((batch) =>
      tf.tidy(() => model.forward(batch, { training: false }).logits.dataSync()),
    );
    assertClose(a!, b!, 2e-6);
    disposeParams(model.params);
  }
});

test('a model of the graph refuses nodes that come without it', () => {
  const model = make('gcn');
  const x = tf.zeros([2, FEATURES]);
  assert.throws(() => model.forward({ x, size: 2 }, { training: false }), /gcn needs the graph/);
});

test('sage: the maximum and the mean with oneself are their formulas', () => {
  for (const aggregator of ['pool', 'gcn'] as const) {
    const model = make('sage', { hidden: [], aggregator });
    const p = (key: string) => rowsOf(model.params[`conv1/${key}`]!);
    const pooled = (): Matrix => {
      const sent = each(plus(times(X, p('pool')), p('poolBias')), relu);
      return A.map((row) => {
        const heard = row.flatMap((value, j) => (value === 0 ? [] : [sent[j]!]));
        return sent[0]!.map((_, k) => (heard.length === 0 ? 0 : Math.max(...heard.map((m) => m[k]!))));
      });
    };
    const expected =
      aggregator === 'gcn'
        ? plus(times(rowMeans(LOOPS), times(X, p('neighbors'))), p('bias'))
        : plus(times(X, p('self')), times(pooled(), p('neighbors')), p('bias'));
    assertClose(logitsOf(model, smallGraph()).flat(), expected.flat(), 2e-5);
    disposeParams(model.params);
  }
});

test('rgcn: relations mixed from one basis are multiples of its kernel', () => {
  const model = make('rgcn', { hidden: [], relations: 2, bases: 1 });
  const p = (key: string) => rowsOf(model.params[`conv1/${key}`]!);
  const heard = [A, ACROSS].map((a, r) => scaled(times(rowMeans(a), times(X, p('basis0'))), p('mixture')[r]![0]!));
  assertClose(logitsOf(model, smallGraph()).flat(), plus(...heard, times(X, p('self')), p('bias')).flat(), 2e-5);
  disposeParams(model.params);
});

test('residual, norm and positions: shapes fit, and rows of hidden layers are normalised', () => {
  const model = make('gcn', { hidden: [6, 6, 4], residual: true, norm: 'layer', activation: 'tanh' });
  assert.ok(model.params['skip1/kernel'] !== undefined && model.params['skip2/kernel'] === undefined);
  assert.deepEqual(model.taps, ['hidden1', 'hidden2', 'hidden3', 'message1', 'message2', 'message3', 'message4']);
  assert.ok(logitsOf(model, smallGraph()).flat().every(Number.isFinite));
  disposeParams(model.params);
  const positioned = make('mlp', { hidden: [4], positions: 2 });
  const batch = graphBatch(smallGraph(), { positions: { width: 2, values: new Float32Array(2 * NODES).fill(1) } });
  assert.equal(
    tf.tidy(() => positioned.forward(batch, { training: false }).logits.shape.join()),
    `${NODES},${CLASSES}`,
  );
  const bare = graphBatch(smallGraph());
  assert.throws(() => positioned.forward(bare, { training: false }), /takes 2 position numbers.*none/);
  disposeBatch(batch);
  disposeBatch(bare);
  disposeParams(positioned.params);
});
