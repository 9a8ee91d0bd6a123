import * as tf from '@tensorflow/tfjs';
import type { State } from '../../src/core/state';
import type { Batch, Model, Source, SourceContext, Teacher } from '../../src/core/types';
import { disposeBatch } from '../../src/data/batch';
import type { TaskLayout } from './heads';

export interface TaskSource {
  readonly source: Source;
  /** Who acts in this task. */
  readonly student: Model;
  readonly teacher: Teacher;
}

/**
 * Every batch has one minibatch of each task, one after the other: x [Σ n, layout.width], filled up with zeros, and the
 * extra `task` int32. Each task's source acts and draws by a key of its own.
 */
export function multitaskSource(parts: readonly TaskSource[], layout: TaskLayout): Source {
  return {
    sampling: { kind: 'stream' },
    inputShape: [layout.width],
    augmented: false,
    batches: (context) => mixed(parts, layout, context),
    save: () => Object.fromEntries(parts.map(({ source }, t) => [String(t), source.save()])),
    load: (saved) => {
      parts.forEach(({ source }, t) => {
        source.load((saved[String(t)] ?? {}) as State);
      });
    },
    example: () => ({ x: tf.zeros([1, layout.width]), extras: { task: tf.tensor1d([0], 'int32') }, size: 1 }),
    metrics: () => {
      const all = parts.map(({ source }) => source.metrics?.() ?? {});
      const envSteps = all.reduce((sum, each) => sum + (each.envSteps ?? 0), 0);
      const returns = all.flatMap(({ meanReturn }, t) =>
        meanReturn === undefined ? [] : [[`meanReturn.${t}`, meanReturn]],
      );
      return { envSteps, ...Object.fromEntries(returns) };
    },
  };
}

async function* mixed(parts: readonly TaskSource[], layout: TaskLayout, { rng }: SourceContext): AsyncGenerator<Batch> {
  const iterators = parts.map(({ source, student, teacher }, t) =>
    source.batches({ student, teachers: [teacher], rng: rng.split('task', t) })[Symbol.asyncIterator](),
  );
  try {
    for (;;) {
      const batches: Batch[] = [];
      for (const iterator of iterators) batches.push((await iterator.next()).value as Batch);
      const batch = joined(batches, layout);
      try {
        yield batch;
      } finally {
        disposeBatch(batch);
      }
    }
  } finally {
    for (const iterator of iterators) await iterator.return?.();
  }
}

function joined(batches: readonly Batch[], { width }: TaskLayout): Batch {
  const x = tf.tidy(() =>
    tf.concat(
      batches.map(({ x, size }) => {
        const flat = tf.reshape(x, [size, -1]) as tf.Tensor2D;
        return tf.pad(flat, [
          [0, 0],
          [0, width - flat.shape[1]],
        ]);
      }),
    ),
  );
  const task = batches.flatMap(({ size }, t) => Array<number>(size).fill(t));
  return { x, extras: { task: tf.tensor1d(task, 'int32') }, size: task.length };
}
