import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { BACKEND, openMachine } from '../../src/engine/backend';
import type { Executor } from '../../src/engine/executor';
import type { Machine } from '../../src/engine/machine';
import { Memory } from '../../src/engine/memory';
import { optimize } from '../../src/engine/program/optimize';
import { Program } from '../../src/engine/program/program';
import { trace } from '../../src/engine/trace';
import { Rng } from '../../src/math/rng';
import { assertClose } from '../support/numbers';

/** The checks of backend `kdlab` on an executor; a process has one. */
export function checkBackend(load: () => Executor): void {
  let machine: Machine;
  const made: Program<tf.Variable>[] = [];

  before(async () => {
    const executor = load();
    machine = openMachine(executor, new Memory(executor));
    assert.ok(await tf.setBackend(BACKEND));
  });
  after(() => {
    for (const program of made) program.dispose();
  });

  const compile = (body: () => Record<string, tf.Tensor>): Program<tf.Variable> => {
    const program = Program.make(optimize(trace(body)), machine);
    made.push(program);
    return program;
  };
  /** A variable of 1, 2, 3 and a program that adds one to it. */
  const counter = () => {
    const v = tf.variable(tf.tensor1d([1, 2, 3]));
    const program = compile(() => {
      v.assign(tf.add(v, 1));
      return { sum: tf.sum(v) };
    });
    return { v, step: () => program.execute({}) };
  };

  const adding = (v: tf.Variable) => () => {
    v.assign(tf.add(v, 1));
    return {};
  };

  test('eager operations see what a program wrote', () => {
    const { v, step } = counter();
    assert.deepEqual([...step().sum!], [9]);
    assert.deepEqual([...v.dataSync()], [2, 3, 4]);
    assert.deepEqual([...tf.mul(v, 2).dataSync()], [4, 6, 8]);
    step();
    assert.deepEqual([...v.dataSync()], [3, 4, 5]);
  });

  test('what was read, cloned, reshaped or sliced before a step keeps its values', async () => {
    const { v, step } = counter();
    step();
    const held = [v.clone(), tf.reshape(v, [3, 1]), tf.slice(v, 0, 3), tf.cast(v, 'float32')];
    const read = [v.dataSync(), await v.data()];
    step();
    for (const tensor of held) assert.deepEqual([...tensor.dataSync()], [2, 3, 4]);
    for (const values of read) assert.deepEqual([...values], [2, 3, 4]);
    assert.deepEqual([...v.dataSync()], [3, 4, 5]);
    step();
    for (const tensor of held) assert.deepEqual([...tensor.dataSync()], [2, 3, 4]);
  });

  test('a program takes up what was assigned outside, and leaves the tensor that was assigned as it is', () => {
    const { v, step } = counter();
    step();
    const before = v.clone();
    const given = tf.tensor1d([10, 20, 30]);
    v.assign(given);
    assert.deepEqual([...v.dataSync()], [10, 20, 30]);
    step();
    assert.deepEqual([...v.dataSync()], [11, 21, 31]);
    assert.deepEqual([...given.dataSync()], [10, 20, 30]);
    assert.deepEqual([...before.dataSync()], [2, 3, 4]);
    tf.tidy(() => v.assign(tf.mul(v, 0)));
    step();
    assert.deepEqual([...v.dataSync()], [1, 1, 1]);
  });

  test('variables made of one tensor, or on another backend, go their own ways', async () => {
    await tf.setBackend('cpu');
    const start = tf.tensor1d([1, 2]);
    const [a, b] = [tf.variable(start), tf.variable(start)];
    await tf.setBackend(BACKEND);
    const program = compile(() => {
      a.assign(tf.add(a, b));
      return {};
    });
    program.execute({});
    program.execute({});
    assert.deepEqual([...a.dataSync()], [3, 6]);
    assert.deepEqual([...b.dataSync()], [1, 2]);
    assert.deepEqual([...start.dataSync()], [1, 2]);
  });

  test('one program trains what another one reads', () => {
    const { v: teacher, step } = counter();
    const student = tf.variable(tf.zeros([3]));
    const distill = compile(() => {
      student.assign(tf.add(tf.mul(student, 0.5), tf.mul(teacher, 0.5)));
      return {};
    });
    step();
    distill.execute({});
    assert.deepEqual([...student.dataSync()], [1, 1.5, 2]);
    step();
    distill.execute({});
    assert.deepEqual([...student.dataSync()], [2, 2.75, 3.5]);
  });

  test('a disposed variable gives its home back, and its programs refuse to run', () => {
    machine.slots.sweep();
    const used = machine.memory.used;
    const v = tf.variable(tf.zeros([1000]));
    const program = Program.make(optimize(trace(adding(v))), machine);
    program.execute({});
    assert.ok(machine.memory.used >= used + 1000);
    const clone = v.clone();
    v.dispose();
    assert.throws(() => program.execute({}), /was disposed/);
    program.dispose();
    machine.slots.sweep();
    assert.equal(machine.memory.used, used);
    // The home may be given to another one now.
    const other = tf.variable(tf.fill([1000], 7));
    const next = Program.make(optimize(trace(adding(other))), machine);
    next.execute({});
    assert.equal(clone.dataSync()[0], 1);
    next.dispose();
    other.dispose();
    machine.slots.sweep();
    assert.equal(machine.memory.used, used);
  });

  test('nothing grows over 10,000 steps with eager work between them', () => {
    const v = tf.variable(tf.zeros([600]));
    const program = compile(() => {
      v.assign(tf.add(tf.mul(v, 0.5), 1));
      return { mean: tf.mean(v) };
    });
    const round = (i: number) => {
      program.execute({});
      tf.tidy(() => {
        if (i % 10 === 0) v.assign(tf.mul(v, 0.9));
        if (i % 10 === 5) tf.sum(tf.square(v)).dataSync();
      });
    };
    for (let i = 0; i < 2000; i++) round(i);
    const before = { used: machine.memory.used, tensors: tf.memory().numTensors, rss: process.memoryUsage().rss };
    for (let i = 0; i < 10_000; i++) round(i);
    assert.equal(machine.memory.used, before.used);
    assert.equal(tf.memory().numTensors, before.tensors);
    // 10,000 steps that kept their 600 floats would be 24 MB.
    assert.ok(process.memoryUsage().rss - before.rss < 16e6, `${process.memoryUsage().rss - before.rss} bytes more`);
  });

  test('operations run by programs of one kernel equal tfjs’ own, over shapes and axes', async () => {
    const size = fc.integer({ min: 1, max: 24 });
    await fc.assert(
      fc.asyncProperty(size, size, size, fc.nat(), async (m, k, n, seed) => {
        const values = (label: string, shape: number[]) =>
          tf.tensor(
            Rng.root(seed)
              .split(label)
              .normal(shape.reduce((a, b) => a * b, 1)),
            shape,
          );
        const all = () => {
          const a = values('a', [40, m, k]);
          const b = values('b', [k, n]);
          const image = values('i', [3, 12, 13, 4]) as tf.Tensor4D;
          const filter = values('f', [3, 3, 4, 5]) as tf.Tensor4D;
          const x = tf.reshape(a, [40 * m, k]) as tf.Tensor2D;
          return [
            tf.matMul(x, b as tf.Tensor2D),
            tf.sum(a, [0, 2]),
            tf.max(a, 1),
            tf.mean(a),
            tf.softmax(a),
            tf.add(a, values('row', [k])),
            tf.where(tf.greater(a, 0), a, tf.tanh(a)),
            tf.gather(a, tf.tensor1d([5, 39, 5], 'int32')),
            tf.transpose(a, [2, 0, 1]),
            tf.conv2d(image, filter, 2, 'same'),
            tf.grad((f: tf.Tensor) => tf.sum<tf.Scalar>(tf.square(tf.conv2d(image, f as tf.Tensor4D, 1, 'valid'))))(
              filter,
            ),
            tf.maxPool(image, 2, 2, 'valid'),
            // With padding tfjs divides the gradient by more cells than the mean was taken over.
            tf.grad((y: tf.Tensor) => tf.sum<tf.Scalar>(tf.square(tf.avgPool(y as tf.Tensor4D, 3, 1, 'valid'))))(image),
            tf.concat([a, tf.relu(a)], 1),
            tf.pad(a, [
              [0, 0],
              [1, 2],
              [0, 1],
            ]),
            tf.argMax(a, 2),
          ].map((tensor) => tensor.dataSync());
        };
        const found = tf.tidy(all);
        await tf.setBackend('cpu');
        const expected = tf.tidy(all);
        await tf.setBackend(BACKEND);
        for (const [i, values] of found.entries()) {
          const scale = Math.max(1, ...expected[i]!.map(Math.abs));
          const relative = (numbers: Iterable<number>) => [...numbers].map((value) => value / scale);
          assertClose(relative(values), relative(expected[i]!), 1e-5);
        }
      }),
      { numRuns: 6 },
    );
  });
}
