import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { evaluate } from '../../../src/engine/program/evaluate';
import { type Graph, inputsOf } from '../../../src/engine/program/ir';
import { optimize } from '../../../src/engine/program/optimize';
import { print } from '../../../src/engine/program/print';
import { Builder, type Value } from '../../../src/engine/trace/builder';
import { Rng } from '../../../src/math/rng';
import { randomGraph } from './random-graph';

before(() => tf.setBackend('cpu'));

/** The optimised graph of what `body` makes, printed. */
function optimized(body: (builder: Builder, x: Value, y: Value) => Record<string, Value>): string {
  const builder = new Builder();
  const x = builder.input('x', [2, 3], 'float32');
  const y = builder.input('y', [2, 3], 'float32');
  return print(optimize(builder.graph(body(builder, x, y))));
}

const GIVEN = '%0 = input x  float32[2,3]\n%1 = input y  float32[2,3]';

test('random graphs mean the same as before, are no longer, and are in order', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 31), (seed) => {
      const stream = Rng.root(seed).stream();
      const { graph, inputs, variables } = randomGraph(() => stream.word() >>> 8, 30);
      const smaller = optimize(graph);
      assert.ok(smaller.nodes.length <= graph.nodes.length);
      smaller.nodes.forEach((node, i) => {
        assert.equal(node.id, i);
        for (const input of inputsOf(node.op)) assert.ok(input < i);
      });
      const expected = evaluate(graph, { inputs, variables });
      const found = evaluate(smaller, { inputs, variables });
      const near = (a: ArrayLike<number>, b: ArrayLike<number>) => {
        assert.equal(a.length, b.length);
        for (let i = 0; i < a.length; i++) assert.ok(Math.abs(a[i]! - b[i]!) <= 1e-5 * (1 + Math.abs(b[i]!)));
      };
      for (const [name, values] of Object.entries(expected.outputs)) near(found.outputs[name]!, values);
      assert.deepEqual([...found.updates.keys()], [...expected.updates.keys()]);
      for (const [variable, values] of expected.updates) near(found.updates.get(variable)!, values);
    }),
    { numRuns: 200 },
  );
});

describe('what is left', () => {
  test('of neutral elements: the other side', () => {
    const found = optimized((b, x) => {
      const product = b.binary('mul', b.binary('add', b.fill(0, []), x), b.fill(1, [3]));
      return { z: b.binary('div', b.binary('sub', product, b.fill(0, [])), b.fill(1, [])) };
    });
    assert.equal(found, `${GIVEN}\nz → %0`);
  });

  test('of a product with 0: the product, since 0 · NaN is NaN', () => {
    const found = optimized((b, x) => ({ z: b.binary('mul', x, b.fill(0, [])) }));
    assert.equal(found, `${GIVEN}\n%2 = 0  float32[]\n%3 = mul %0 %2  float32[2,3]\nz → %3`);
  });

  test('of there and back: nothing', () => {
    const found = optimized((b, x) => ({
      turned: b.transpose(b.transpose(x, [1, 0]), [1, 0]),
      shaped: b.reshape(b.reshape(b.reshape(x, [6]), [3, 2]), [2, 3]),
      negated: b.unary('neg', b.unary('neg', x)),
      cast: b.add({ kind: 'cast', inputs: [x.id] }, x.shape, 'float32'),
    }));
    assert.equal(found, `${GIVEN}\nturned → %0\nshaped → %0\nnegated → %0\ncast → %0`);
  });

  test('of labels cast to floats: labels that are floats', () => {
    const found = optimized((b, x) => {
      const labels = b.reduce('max', b.cast(x, 'int32'), [1]);
      const op = { kind: 'oneHot', on: 1, off: 0, inputs: [labels.id] } as const;
      return { z: b.cast(b.add(op, [2, 4], 'int32'), 'float32') };
    });
    assert.match(found, /%4 = oneHot %3 on=1 off=0 {2}float32\[2,4\]\nz → %4$/);
  });

  test('of transposes before a product: a flag', () => {
    const found = optimized((b, x, y) => ({ z: b.matmul(x, b.transpose(y, [1, 0])) }));
    assert.equal(found, `${GIVEN}\n%2 = matmul %0 %1ᵀ  float32[2,2]\nz → %2`);
  });

  test('of a broadcast before element-wise operations: nothing', () => {
    const found = optimized((b, x) => {
      const row = b.slice(x, [0, 0], [1, 3]);
      return { z: b.binary('add', x, b.broadcast(row, [2, 3])) };
    });
    assert.match(found, /%2 = slice .*\n%3 = add %0 %2 {2}float32\[2,3\]\n/);
  });

  test('of a broadcast that decides the shape: the broadcast', () => {
    const found = optimized((b, x) => {
      const row = b.slice(x, [0, 0], [1, 3]);
      return { z: b.binary('add', b.broadcast(row, [4, 3]), b.fill(1, [])) };
    });
    assert.match(found, /broadcast %2 {2}float32\[4,3\]/);
  });

  test('of equal operations: one', () => {
    const found = optimized((b, x, y) => {
      const twice = () => b.binary('mul', b.binary('add', x, y), b.constant([1, 2, 3], [3], 'float32'));
      return { a: twice(), b: twice() };
    });
    const lines = found.split('\n');
    assert.equal(lines.length, 7);
    assert.deepEqual(lines.slice(-2), ['a → %4', 'b → %4']);
  });

  test('of known values: their result, rounded to float32', () => {
    const found = optimized((b, x) => {
      const third = b.binary('div', b.fill(1, []), b.fill(3, []));
      return { z: b.binary('mul', x, third) };
    });
    assert.equal(found, `${GIVEN}\n%2 = ${Math.fround(1 / 3)}  float32[]\n%3 = mul %0 %2  float32[2,3]\nz → %3`);
  });

  test('of what nobody reads: the inputs', () => {
    const found = optimized((b, x) => {
      b.unary('exp', x);
      return {};
    });
    assert.equal(found, GIVEN);
  });

  test('of two zeros of different sign: both', () => {
    const builder = new Builder();
    const x = builder.input('x', [], 'float32');
    const graph: Graph = builder.graph({
      plus: builder.binary('div', x, builder.fill(0, [])),
      minus: builder.binary('div', x, builder.fill(-0, [])),
    });
    const { outputs } = evaluate(optimize(graph), { inputs: { x: [1] } });
    assert.deepEqual([outputs.plus![0], outputs.minus![0]], [Infinity, -Infinity]);
  });

  test('of a division by a power of two: a product; by the least numbers: the division', () => {
    const dividing = (by: number) => optimized((b, x) => ({ z: b.binary('div', x, b.fill(by, [])) }));
    assert.match(dividing(8), /= 0\.125 .*\n.*= mul/);
    assert.match(dividing(2 ** -130), /= div/);
    assert.match(dividing(3), /= div/);
  });
});

test('a listing tells variables, updates and outputs by name', () => {
  const v = tf.variable(tf.zeros([2]), true, 'printed');
  const builder = new Builder();
  const value = builder.variable(v);
  builder.assign(v, builder.reduce('sum', builder.broadcast(builder.reshape(value, [1, 2]), [4, 2]), [0]));
  assert.equal(
    print(builder.graph({ before: value })),
    [
      '%0 = printed  float32[2]',
      '%1 = reshape %0  float32[1,2]',
      '%2 = broadcast %1  float32[4,2]',
      '%3 = reduce sum %2 axes=[0]  float32[2]',
      'printed ← %3',
      'before → %0',
    ].join('\n'),
  );
  v.dispose();
});
