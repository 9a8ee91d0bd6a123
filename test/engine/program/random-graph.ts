import * as tf from '@tensorflow/tfjs';
import { type Graph, sizeOf } from '../../../src/engine/program/ir';
import { Builder, broadcastShape, type Value } from '../../../src/engine/trace/builder';
import { Rng } from '../../../src/math/rng';

export interface Sample {
  readonly graph: Graph<tf.Variable>;
  readonly inputs: Record<string, Float32Array | Int32Array>;
  /** The variables' values before the step. */
  readonly variables: Float32Array[];
}

const LARGEST = 160;

/**
 * A graph of `length` operations of all kinds whose choices come from `next` (natural numbers). Values stay near 1.
 * What jumps (comparisons, floor, argmax) is applied to given values only, where rounding cannot decide.
 */
export function randomGraph(next: () => number, length: number): Sample {
  const builder = new Builder();
  const rng = Rng.root(next());
  const inputs: Sample['inputs'] = {};
  const variables: Float32Array[] = [];
  const held: tf.Variable[] = [];
  const pool: Value[] = [];
  const leaves: Value[] = [];
  const pick = <T>(list: readonly T[]): T => list[next() % list.length]!;
  const upTo = (limit: number) => next() % (limit + 1);
  const given = (shape: readonly number[]): Value => {
    const name = `x${Object.keys(inputs).length}`;
    inputs[name] = rng.split(name).normal(sizeOf(shape));
    return builder.input(name, shape, 'float32');
  };
  const shape = () => Array.from({ length: upTo(3) }, () => 1 + upTo(4));
  for (let i = 0; i < 3; i++) leaves.push(given(shape()));
  leaves.push(builder.input('scalar', [], 'float32'));
  inputs.scalar = Float32Array.of(0.75);
  const constant = shape();
  leaves.push(builder.constant(rng.split('constant').normal(sizeOf(constant)), constant, 'float32'));
  for (let i = 0; i < 3; i++) {
    const own = i === 2 ? held[1]!.shape : shape();
    const values = rng.split('variable', i).normal(sizeOf(own));
    const variable = tf.variable(tf.tensor(values, own));
    held.push(variable);
    variables.push(values);
    leaves.push(builder.variable(variable));
  }
  pool.push(...leaves);
  const fits = (a: Value, b: Value) => {
    try {
      return sizeOf(broadcastShape(a.shape, b.shape)) <= LARGEST;
    } catch {
      return false;
    }
  };
  /** Something that broadcasts with x. */
  const partner = (x: Value, from: readonly Value[] = pool): Value => {
    const at = next();
    for (let i = 0; i < from.length; i++) {
      const y = from[(at + i) % from.length]!;
      if (fits(x, y)) return y;
    }
    return builder.fill(0.5, []);
  };
  const scaled = (x: Value, factor: number) => builder.binary('mul', x, builder.fill(factor, []));
  const indices = (count: number, below: number) =>
    builder.constant(
      Int32Array.from({ length: count }, () => upTo(below - 1)),
      [count],
      'int32',
    );
  const tame = (x: Value) => builder.unary('tanh', x);

  const kinds: readonly ((x: Value) => Value | undefined)[] = [
    (x) => builder.unary(pick(['neg', 'abs', 'relu', 'tanh', 'sigmoid', 'sin', 'cos', 'softplus']), x),
    (x) => builder.unary('exp', builder.unary('neg', builder.unary('abs', x))),
    (x) => builder.binary(pick(['add', 'sub', 'max', 'min']), x, partner(x)),
    (x) => builder.binary('mul', x, tame(partner(x))),
    (x) => builder.binary('div', x, builder.binary('add', builder.unary('square', partner(x)), builder.fill(1, []))),
    (x) => {
      const a = pick(leaves);
      const condition = builder.binary(pick(['less', 'greaterEqual', 'notEqual', 'and']), a, partner(a, leaves));
      const [b, c] = [partner(condition, [x, ...pool]), pick([x, builder.fill(-1, [])])];
      return fits(condition, b) && fits(c, builder.binary('max', condition, b))
        ? builder.select(condition, b, c)
        : undefined;
    },
    (x) => {
      const axes = [...x.shape.keys()].filter(() => upTo(1) === 1);
      return scaled(builder.reduce(pick(['sum', 'max', 'min']), x, axes), 0.5);
    },
    (x) => {
      const size = sizeOf(x.shape);
      const divisors = [1, 2, 3, 4, 5, 6].filter((d) => size % d === 0);
      const rows = pick(divisors);
      return builder.reshape(
        x,
        pick([[size], [rows, size / rows], [size / rows, rows], [1, size], [rows, 1, size / rows]]),
      );
    },
    (x) => builder.transpose(x, [...Rng.root(next()).permutation(x.shape.length)]),
    (x) => {
      const begin: number[] = [];
      const strides: number[] = [];
      const lengths = x.shape.map((size) => {
        const stride = pick([1, 1, 2, -1, -2]);
        const first = upTo(size - 1);
        const room = stride > 0 ? size - 1 - first : first;
        begin.push(first);
        strides.push(stride);
        return 1 + upTo(Math.floor(room / Math.abs(stride)));
      });
      return builder.slice(x, begin, lengths, strides);
    },
    (x) => {
      const wide = x.shape.map((size) => (size === 1 ? 1 + upTo(3) : size));
      return sizeOf(wide) <= LARGEST ? builder.broadcast(x, wide) : undefined;
    },
    (x) => {
      if (x.shape.length === 0 || 2 * sizeOf(x.shape) > LARGEST) return undefined;
      const like = pool.filter((y) => y.shape.join() === x.shape.join());
      return builder.concat([x, pick(like)], upTo(x.shape.length - 1));
    },
    (x) => {
      const padded = builder.pad(
        x,
        x.shape.map(() => [upTo(1), upTo(1)] as const),
        pick([0, 1.5]),
      );
      return sizeOf(padded.shape) <= LARGEST ? padded : undefined;
    },
    (x) => {
      if (x.shape.length < 2) return undefined;
      const [rows, inner] = x.shape.slice(-2) as [number, number];
      const [ta, tb] = [upTo(1) === 1, upTo(1) === 1];
      const k = ta ? rows : inner;
      const columns = 1 + upTo(4);
      if ((sizeOf(x.shape) / k) * columns > LARGEST) return undefined;
      const product = builder.matmul(tame(x), given(tb ? [columns, k] : [k, columns]), ta, tb);
      const biased = upTo(1) === 1 ? builder.binary('add', product, given([columns])) : product;
      return upTo(1) === 1 ? builder.unary('relu', biased) : biased;
    },
    (x) => {
      if (x.shape.length === 0) return undefined;
      const axis = upTo(x.shape.length - 1);
      const count = 1 + upTo(3);
      const outShape = x.shape.map((size, i) => (i === axis ? count : size));
      return builder.add(
        { kind: 'gather', axis, inputs: [x.id, indices(count, x.shape[axis]!).id] },
        outShape,
        x.dtype,
      );
    },
    (x) => {
      if (x.shape.length === 0) return undefined;
      const ids = indices(x.shape[0]!, 4);
      return builder.add({ kind: 'segmentSum', inputs: [x.id, ids.id] }, [3, ...x.shape.slice(1)], 'float32');
    },
    (x) => {
      if (x.shape.length === 0) return undefined;
      const [exclusive, reverse] = [upTo(1) === 1, upTo(1) === 1];
      const axis = upTo(x.shape.length - 1);
      return scaled(builder.add({ kind: 'cumsum', axis, exclusive, reverse, inputs: [x.id] }, x.shape, 'float32'), 0.4);
    },
    (x) => (x.shape.length === 0 ? undefined : builder.add({ kind: 'softmax', inputs: [x.id] }, x.shape, 'float32')),
    () => {
      const x = pick(leaves);
      if (x.shape.length === 0) return undefined;
      const axis = upTo(x.shape.length - 1);
      const found = x.shape.filter((_, i) => i !== axis);
      const at = builder.add({ kind: 'argReduce', name: pick(['max', 'min']), axis, inputs: [x.id] }, found, 'int32');
      if (upTo(1) === 1) return builder.cast(at, 'float32');
      const hot = builder.add({ kind: 'oneHot', on: 1, off: 0, inputs: [at.id] }, [...found, 5], 'float32');
      return sizeOf(hot.shape) <= LARGEST ? hot : undefined;
    },
    () => builder.cast(builder.unary(pick(['floor', 'ceil', 'round', 'sign']), pick(leaves)), 'int32'),
    () => builder.cast(builder.cast(builder.unary('relu', pick(leaves)), 'bool'), 'float32'),
  ];
  for (let i = 0; i < length; i++) {
    const x = pick(pool);
    const made = pick(kinds)(x);
    if (made === undefined) continue;
    const values = made.dtype === 'float32' ? made : builder.cast(made, 'float32');
    pool.push(values);
    // Large values are brought back, so that float32 and float64 stay comparable.
    if (i % 4 === 3) pool.push(tame(values));
  }
  for (const [i, variable] of held.entries()) {
    const like = pool.filter((value) => value.shape.join() === variable.shape.join());
    const old = builder.variable(variable);
    const others = like.filter((value) => value.id !== old.id);
    const choice = upTo(3);
    if (choice === 1) builder.assign(variable, pick(like));
    else if (choice === 2)
      builder.assign(
        variable,
        builder.binary('add', builder.binary('mul', old, builder.fill(0.9, [])), tame(pick(like))),
      );
    // Two variables of one shape change places.
    else if (choice === 3 && i > 0) builder.assign(variable, builder.variable(held[3 - i]!));
    else if (others.length > 0) builder.assign(variable, pick(others));
  }
  const outputs = Object.fromEntries(Array.from({ length: 1 + upTo(2) }, (_, i) => [`y${i}`, pick(pool)]));
  const graph = builder.graph(outputs);
  for (const variable of held) variable.dispose();
  const used = graph.variables.map((variable) => held.indexOf(variable));
  return { graph, inputs, variables: used.map((i) => variables[i]!) };
}
