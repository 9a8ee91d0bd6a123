import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { evaluate } from '../../../src/engine/program/evaluate';
import type { Graph } from '../../../src/engine/program/ir';
import { Builder, type Value } from '../../../src/engine/trace/builder';
import { Rng } from '../../../src/math/rng';
import { machines, runOn } from './machines';
import { randomGraph } from './random-graph';

before(() => tf.setBackend('cpu'));

function assertNear(actual: readonly number[], expected: ArrayLike<number>, what: string): void {
  assert.equal(actual.length, expected.length, `${what}: length`);
  for (const [i, value] of actual.entries()) {
    const error = Math.abs(value - expected[i]!) / (1 + Math.abs(expected[i]!));
    assert.ok(error <= 1e-4, `${what}[${i}] is ${value}, expected ${expected[i]}`);
  }
}

/** Natural numbers from a seed, for choices. */
function choices(seed: number): () => number {
  const stream = Rng.root(seed).stream();
  return () => stream.word() >>> 8;
}

for (const on of machines())
  describe(on.label, () => {
    for (const [length, numRuns] of [
      [12, 250],
      [60, 40],
    ] as const)
      test(`programs of about ${length} operations of all kinds give what their graphs mean, twice`, () => {
        fc.assert(
          fc.property(fc.nat(2 ** 31), (seed) => {
            const { graph, inputs, variables } = randomGraph(choices(seed), length);
            const expected = evaluate(graph, { inputs, variables });
            const found = runOn(on, graph, inputs, variables, 2);
            for (const [name, values] of Object.entries(expected.outputs))
              assertNear(found.outputs[name]!, values, `${name}\n${found.program.text}\n`);
            for (const [i, before] of variables.entries())
              assertNear(
                found.variables[i]!,
                expected.updates.get(i) ?? before,
                `variable ${i}\n${found.program.text}\n`,
              );
          }),
          { numRuns },
        );
        assert.equal(on.memory.used, 0);
      });
  });

/** A graph over variables of n elements, run on all machines. */
function step(
  count: number,
  body: (builder: Builder, variables: tf.Variable[]) => Record<string, Value>,
  n = 100,
): { graph: Graph<tf.Variable>; values: Float32Array[] } {
  const values = Array.from({ length: count }, (_, i) => Rng.root(3).split('v', i).normal(n));
  const held = values.map((value) => tf.variable(tf.tensor1d(value)));
  const builder = new Builder();
  const graph = builder.graph(body(builder, held));
  for (const variable of held) variable.dispose();
  return { graph, values };
}

function assertMeaning({ graph, values }: ReturnType<typeof step>): void {
  const given = graph.variables.map((_, i) => values[i]!);
  const expected = evaluate(graph, { variables: given });
  for (const on of machines().slice(0, 3)) {
    const found = runOn(on, graph, {}, given);
    for (const [name, output] of Object.entries(expected.outputs)) assertNear(found.outputs[name]!, output, name);
    for (const [i, before] of given.entries())
      assertNear(found.variables[i]!, expected.updates.get(i) ?? before, `${on.label}: variable ${i}`);
  }
}

test('two variables change places', () => {
  assertMeaning(
    step(2, (b, [x, y]) => {
      const [vx, vy] = [b.variable(x!), b.variable(y!)];
      b.assign(x!, vy);
      b.assign(y!, vx);
      return {};
    }),
  );
});

test('an output that is a variable is its old value', () => {
  assertMeaning(
    step(1, (b, [x]) => {
      const old = b.variable(x!);
      b.assign(x!, b.binary('add', old, b.fill(1, [])));
      return { old };
    }),
  );
});

test('a variable read out of place by the operation that makes its new value', () => {
  assertMeaning(
    step(1, (b, [x]) => {
      const old = b.variable(x!);
      b.assign(x!, b.binary('add', old, b.slice(old, [99], [100], [-1])));
      return {};
    }),
  );
});

test('a variable whose new value is used to read the old one again', () => {
  assertMeaning(
    step(1, (b, [x]) => {
      const old = b.variable(x!);
      const next = b.binary('mul', old, b.fill(2, []));
      b.assign(x!, next);
      // The sum needs the new value and must still see the old one.
      return { y: b.binary('mul', b.reduce('sum', next, [0]), old) };
    }),
  );
});

test('one value assigned to two variables and given out', () => {
  assertMeaning(
    step(2, (b, [x, y]) => {
      const sum = b.binary('add', b.variable(x!), b.variable(y!));
      b.assign(x!, sum);
      b.assign(y!, sum);
      return { sum };
    }),
  );
});

/** θ, m and v after a step of Adam on a gradient, as the optimizer writes it. */
function adam(b: Builder, [p, m, v]: readonly tf.Variable[], g: Value): void {
  const scaled = (x: Value, by: number) => b.binary('mul', x, b.fill(by, []));
  const nextM = b.binary('add', scaled(b.variable(m!), 0.9), scaled(g, 0.1));
  const nextV = b.binary('add', scaled(b.variable(v!), 0.999), scaled(b.unary('square', g), 0.001));
  const rate = b.input('rate', [], 'float32');
  const ratio = b.binary('div', nextM, b.binary('add', b.unary('sqrt', nextV), b.fill(1e-8, [])));
  b.assign(m!, nextM);
  b.assign(v!, nextV);
  b.assign(p!, b.binary('sub', b.variable(p!), b.binary('mul', ratio, rate)));
}

test('a step of Adam is one instruction a parameter and needs no memory of its own but its inputs', () => {
  const { graph, values } = step(3, (b, variables) => {
    adam(b, variables, b.input('g', [100], 'float32'));
    return {};
  });
  const on = machines()[0]!;
  const inputs = { g: Rng.root(4).normal(100), rate: Float32Array.of(0.1) };
  const { program } = runOn(on, graph, inputs, [values[1]!, values[2]!.map(Math.abs), values[0]!]);
  assert.deepEqual(
    program.instructions.map(([opcode]) => opcode),
    ['map', 'end'],
  );
  assert.equal(program.elements, 112 + 16);
});

test('bias and relu become part of the product, and the gradient of relu asks its result', () => {
  const b = new Builder();
  const z = b.binary(
    'add',
    b.matmul(b.input('x', [8, 4], 'float32'), b.input('w', [4, 6], 'float32')),
    b.input('b', [6], 'float32'),
  );
  const h = b.unary('relu', z);
  const mask = b.binary('step', z, b.fill(0, []));
  const graph = b.graph({ h, masked: b.binary('mul', mask, b.input('dy', [8, 6], 'float32')) });
  const on = machines()[0]!;
  const inputs = Object.fromEntries(
    graph.nodes.flatMap(({ op, shape }) =>
      op.kind === 'input'
        ? [
            [
              op.name,
              Rng.root(5)
                .split(op.name)
                .normal(shape.reduce((x, y) => x * y, 1)),
            ],
          ]
        : [],
    ),
  );
  const { program, outputs } = runOn(on, graph, inputs, []);
  assert.deepEqual(
    program.instructions.map(([opcode]) => opcode),
    ['gemm', 'barrier', 'map', 'end'],
  );
  assertNear(outputs.masked!, evaluate(graph, { inputs }).outputs.masked!, 'masked');
});

test('independent operations on different shapes have no barrier between them', () => {
  const b = new Builder();
  const outputs = Object.fromEntries(
    [3, 5, 7, 9].map((n) => [`y${n}`, b.unary('tanh', b.input(`x${n}`, [n], 'float32'))]),
  );
  const on = machines()[0]!;
  const inputs = Object.fromEntries([3, 5, 7, 9].map((n) => [`x${n}`, new Float32Array(n)]));
  const { program } = runOn(on, b.graph(outputs), inputs, []);
  assert.deepEqual(
    program.instructions.map(([opcode]) => opcode),
    ['map', 'map', 'map', 'map', 'end'],
  );
});

test('a long chain of expressions over many inputs is cut into bodies that the kernels have room for', () => {
  const b = new Builder();
  const terms = Array.from({ length: 60 }, (_, i) => b.unary('tanh', b.input(`x${i}`, [30], 'float32')));
  const graph = b.graph({ y: terms.reduce((sum, term) => b.binary('add', sum, term)) });
  const inputs = Object.fromEntries(terms.map((_, i) => [`x${i}`, Rng.root(6).split('x', i).normal(30)]));
  for (const on of machines()) {
    const { outputs, program } = runOn(on, graph, inputs, []);
    assertNear(outputs.y!, evaluate(graph, { inputs }).outputs.y!, on.label);
    assert.ok(program.instructions.filter(([opcode]) => opcode === 'map').length <= 6, program.text);
  }
});

test('results of no elements, sums over none and batches of none', () => {
  const b = new Builder();
  const x = b.input('x', [0, 3], 'float32');
  const graph = b.graph({
    none: b.unary('tanh', x),
    sum: b.reduce('sum', x, [0]),
    product: b.matmul(x, b.fill(1, [0, 4]), true, false),
    max: b.reduce('max', x, [0]),
  });
  for (const on of machines()) {
    const { outputs } = runOn(on, graph, { x: new Float32Array(0) }, []);
    assert.deepEqual(outputs, {
      none: [],
      sum: [0, 0, 0],
      product: new Array(12).fill(0),
      max: [-Infinity, -Infinity, -Infinity],
    });
  }
});

test('a missing or wrong input is refused by name', () => {
  const b = new Builder();
  const graph = b.graph({ y: b.unary('tanh', b.input('x', [3], 'float32')) });
  const on = machines()[0]!;
  assert.throws(() => runOn(on, graph, {}, []), /was not given its input "x"/);
  assert.throws(() => runOn(on, graph, { x: new Float32Array(4) }, []), /"x" has 4 elements, expected \[3\]/);
  assert.throws(() => runOn(on, graph, { z: new Float32Array(3) }, []), /no input "z"/);
});
