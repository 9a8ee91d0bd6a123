import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { Draws } from '../../../src/core/draws';
import { selectEngine } from '../../../src/engine/engine';
import { evaluate } from '../../../src/engine/program/evaluate';
import { type TraceScope, trace, Untraceable } from '../../../src/engine/trace';
import { registerTracedKernel } from '../../../src/engine/trace/registry';
import { Rng } from '../../../src/math/rng';

type Body = (scope: TraceScope) => Record<string, tf.Tensor>;

before(() => selectEngine('cpu'));

/** What tfjs counts and what a trace must put back. */
function outside(): unknown {
  const { numTensors, numBytes, numDataBuffers } = tf.memory();
  return {
    numTensors,
    numBytes,
    numDataBuffers,
    backend: tf.getBackend(),
    assign: tf.Variable.prototype.assign,
    keep: tf.engine().keep,
    readSync: tf.engine().readSync,
    variables: Object.keys(tf.engine().registeredVariables),
  };
}

function withVariable(body: (variable: tf.Variable) => void): void {
  const variable = tf.variable(tf.tensor([1, 2, 3]));
  const { dataId } = variable;
  body(variable);
  assert.equal(variable.dataId, dataId);
  assert.deepEqual([...variable.dataSync()], [1, 2, 3]);
  variable.dispose();
}

describe('variables', () => {
  test('what is assigned is an update, and what follows sees it', () =>
    withVariable((v) => {
      const graph = trace(() => {
        const begun = tf.sum(v);
        v.assign(tf.add(v, 1));
        v.assign(tf.mul(v, 2));
        return { begun, ended: tf.sum(v), v };
      });
      assert.deepEqual(graph.variables, [v]);
      const { outputs, updates } = evaluate(graph, { variables: [[10, 20, 30]] });
      assert.deepEqual([...outputs.begun!], [60]);
      assert.deepEqual([...outputs.ended!], [126]);
      assert.deepEqual([...outputs.v!], [22, 42, 62]);
      assert.deepEqual([...updates.get(0)!], [22, 42, 62]);
    }));

  test('a tensor that shares its data with a variable keeps the value it had', () =>
    withVariable((v) => {
      const view = tf.reshape(v, [3, 1]);
      const graph = trace(() => {
        v.assign(tf.zerosLike(v));
        return { sum: tf.sum(view) };
      });
      assert.deepEqual([...evaluate(graph, { variables: [[7, 7, 7]] }).outputs.sum!], [6]);
      view.dispose();
    }));

  test('gradients by variable', () =>
    withVariable((v) => {
      const graph = trace(() => {
        const { value, grads } = tf.variableGrads(() => tf.sum<tf.Scalar>(tf.square(v)), [v]);
        v.assign(tf.sub(v, grads[v.name]!));
        return { value };
      });
      const { outputs, updates } = evaluate(graph, { variables: [[1, 2, 4]] });
      assert.deepEqual([...outputs.value!], [21]);
      assert.deepEqual([...updates.get(0)!], [-1, -2, -4]);
    }));

  test('values of another type or shape are not assigned', () =>
    withVariable((v) => {
      const assigning = (value: () => tf.Tensor) => () =>
        trace(() => {
          v.assign(value());
          return {};
        });
      assert.throws(
        assigning(() => tf.cast(v, 'int32')),
        /found int32, expected float32/,
      );
      assert.throws(
        assigning(() => tf.zeros([2])),
        /must match/,
      );
    }));
});

describe('values', () => {
  const kindsOf = (body: Body) => trace(body).nodes.map(({ op }) => op.kind);

  test('captured tensors and host arrays are constants; of one number, fills', () => {
    const captured = tf.tensor([1, 2]);
    assert.deepEqual(
      kindsOf(() => ({ y: tf.add(captured, tf.tensor([3, 3])) })),
      ['fill', 'constant', 'binary'],
    );
    assert.deepEqual([...captured.dataSync()], [1, 2]);
    captured.dispose();
  });

  test('−0 is not 0', () => {
    const graph = trace(() => ({ y: tf.tensor([0, -0]) }));
    assert.deepEqual([...evaluate(graph).outputs.y!], [0, -0]);
  });

  test('placeholders are inputs, each of its own name', () => {
    const graph = trace((scope) => ({ y: tf.mul(scope.placeholder('n', [2], 'int32'), 2) }));
    assert.deepEqual(graph.nodes[0], { id: 0, op: { kind: 'input', name: 'n' }, shape: [2], dtype: 'int32' });
    assert.deepEqual([...evaluate(graph, { inputs: { n: [3, 4] } }).outputs.y!], [6, 8]);
    assert.throws(() => trace((s) => ({ a: s.placeholder('x', []), b: s.placeholder('x', []) })), /two inputs named/);
  });

  test('draws are drawn anew for each key', () => {
    const graph = trace((scope) => {
      const draws = new Draws(Rng.root(1), () => scope.placeholder('key', [2], 'int32') as tf.Tensor1D);
      return { y: draws.normal([2, 3]) };
    });
    for (const seed of [1, 2]) {
      const rng = Rng.root(seed);
      assert.deepEqual([...evaluate(graph, { inputs: { key: rng.key } }).outputs.y!], [...rng.normal(6)]);
    }
  });

  test('types are those of tfjs', () => {
    const body = () => {
      const integers = tf.tensor([1, 2], [2], 'int32');
      const truths = tf.tensor([0, 1], [2], 'bool');
      const floats = tf.tensor([0.5, 1]);
      return {
        sum: tf.add(integers, floats),
        kept: tf.add(integers, integers),
        quotient: tf.div(integers, integers),
        count: tf.sum(truths),
        compared: tf.less(integers, floats),
        chosen: tf.where(truths, integers, integers),
        product: tf.matMul(tf.expandDims(integers, 0), tf.expandDims(integers, 1)),
        mean: tf.mean(integers),
        position: tf.argMax(floats),
      };
    };
    const eager = tf.tidy(body);
    const graph = trace(body);
    for (const [name, { dtype }] of Object.entries(eager))
      assert.equal(graph.nodes[graph.outputs[name]!]!.dtype, dtype, name);
    tf.dispose(eager);
  });
});

describe('what a program cannot do is refused by name, and leaves nothing behind', () => {
  const v = () => tf.engine().registeredVariables.refused!;
  const CASES: Readonly<Record<string, readonly [operation: string, body: () => unknown]>> = {
    dataSync: ['reading a value', () => ({ y: tf.scalar(tf.sum(v()).dataSync()[0]!) })],
    'arraySync of a gradient': [
      'reading a value',
      () => tf.grad((x: tf.Tensor) => tf.scalar((tf.exp(x).arraySync() as number[])[0]!))(tf.tensor([1, 2])),
    ],
    'a variable read': ['reading a value', () => ({ y: tf.mul(v(), v().dataSync()[0]!) })],
    'reading where the exception is caught': [
      'reading a value',
      () => {
        try {
          tf.exp(v()).dataSync();
        } catch {
          // The body goes on as if nothing had happened.
        }
        return { y: v() };
      },
    ],
    'reading later': [
      'reading a value',
      () => {
        tf.exp(v())
          .data()
          .catch(() => undefined);
        return { y: v() };
      },
    ],
    'an asynchronous step': ['await', async () => ({ y: v() })],
    'an unknown kernel': ['Multinomial', () => ({ y: tf.multinomial(tf.tensor2d([[1, 2, 3]]), 2) })],
    'an unknown kernel within a gradient': [
      'TopK',
      () =>
        tf.variableGrads(() => tf.sum<tf.Scalar>(tf.mul(tf.exp(v()), tf.topk(v(), 3).values)), [v() as tf.Variable]),
    ],
    'a new variable': ['a new variable', () => ({ y: tf.add(tf.variable(tf.zeros([3])), v()) })],
    strings: ['dtype string', () => ({ y: tf.tensor(['a']) })],
    'complex numbers': ['Complex', () => ({ y: tf.complex([1], [2]) })],
  };
  for (const [name, [operation, body]] of Object.entries(CASES))
    test(name, () => {
      const variable = tf.variable(tf.tensor([1, 2, 3]), true, 'refused');
      const before = outside();
      assert.throws(
        () => trace(body as Body),
        (error) => error instanceof Untraceable && error.operation === operation,
      );
      assert.deepEqual(outside(), before);
      variable.dispose();
    });

  test('other exceptions pass', () => {
    const before = outside();
    const failing = () =>
      trace(() => {
        tf.keep(tf.add(tf.tensor([1, 2]), 1));
        throw new RangeError('own');
      });
    assert.throws(failing, RangeError);
    assert.deepEqual(outside(), before);
    assert.throws(() => trace(() => trace(() => ({})) as never), /within a trace/);
    assert.deepEqual(outside(), before);
  });

  test('a trace within tidy, and within a gradient, leaves both as they were', () => {
    const gradient = tf.tidy(() =>
      tf
        .grad((x: tf.Tensor) => {
          trace((scope) => ({ y: tf.exp(scope.placeholder('x', [2])) }));
          return tf.sum(tf.square(x));
        })(tf.tensor([1, 2]))
        .dataSync(),
    );
    assert.deepEqual([...gradient], [2, 4]);
  });
});

test('a kernel of the project’s own is traced once it is registered', () => {
  registerTracedKernel('KdlabTestTwice', ({ builder, inputs }) => builder.binary('add', inputs.x!, inputs.x!));
  const graph = trace((scope) => ({
    y: tf.engine().runKernel('KdlabTestTwice', { x: scope.placeholder('x', [2]) }) as tf.Tensor,
  }));
  assert.deepEqual([...evaluate(graph, { inputs: { x: [1, 2] } }).outputs.y!], [2, 4]);
});
