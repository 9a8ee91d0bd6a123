import * as tf from '@tensorflow/tfjs';
import { Draws, type Path } from '../core/draws';
import { type Schedule, valueAt } from '../core/schedule';
import { ratesAt, type StepValues, type Trained, type When } from '../core/step';
import type { Batch, Lesson, Outputs, Teacher } from '../core/types';
import { cryptographicWords } from '../math/cryptographic-noise';
import type { DType } from './program/ir';
import type { TraceScope } from './trace';

export type Values = Float32Array | Int32Array;

/** A tensor of the data, read. Its first axis is that of the examples. */
export interface Datum {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly values: Values;
}

/** What a step is given by the data: the tensors of its batch and the signals of teachers that look theirs up. */
export type Given = Readonly<Record<string, Datum>>;

/** The tensors of a batch and of looked-up signals by name; `tracedLesson` puts them together again. */
export function givenOf(batch: Batch, lookedUp: ReadonlyMap<number, Outputs>): Given {
  const given: Record<string, Datum> = { x: read(batch.x) };
  if (batch.y !== undefined) given.y = read(batch.y);
  if (batch.mask !== undefined) given.mask = read(batch.mask);
  for (const [name, tensor] of Object.entries(batch.extras ?? {})) given[`extra/${name}`] = read(tensor);
  for (const [i, { logits, taps }] of lookedUp) {
    given[`teacher${i}/logits`] = read(logits);
    for (const [name, tensor] of Object.entries(taps)) given[`teacher${i}/tap/${name}`] = read(tensor);
  }
  return given;
}

function read(tensor: tf.Tensor): Datum {
  const values = tensor.dataSync();
  return {
    shape: tensor.shape,
    dtype: tensor.dtype as DType,
    values: values instanceof Float32Array || values instanceof Int32Array ? values : Int32Array.from(values),
  };
}

/**
 * Batches of many sizes (Poisson sampling) share a few programs: examples of zeros up to `size`, under a zero mask. Sound
 * where no example's term depends on another's.
 */
export function padded(given: Given, size: number): Given {
  const rows = given.x!.shape[0]!;
  const longer = Object.entries(given).map(([name, { shape, dtype, values }]) => {
    const width = shape.slice(1).reduce((product, length) => product * length, 1);
    const padding = new (values.constructor as { new (n: number): Values })(size * width);
    padding.set(values);
    return [name, { shape: [size, ...shape.slice(1)], dtype, values: padding }] as const;
  });
  const mask = new Float32Array(size);
  mask.set(given.mask?.values ?? new Float32Array(rows).fill(1));
  return { ...Object.fromEntries(longer), mask: { shape: [size], dtype: 'float32', values: mask } };
}

/** The lesson of a step being traced: placeholders in the shapes of `given`, and the other teachers' signals on them. */
export function tracedLesson(scope: TraceScope, given: Given, teachers: readonly Teacher[]): Lesson {
  const stands = Object.fromEntries(
    Object.entries(given).map(([name, { shape, dtype }]) => [name, scope.placeholder(name, shape, dtype)]),
  );
  const under = (prefix: string) =>
    Object.fromEntries(
      Object.entries(stands).flatMap(([name, tensor]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [],
      ),
    );
  const traced: Batch = {
    x: stands.x!,
    ...(stands.y && { y: stands.y as tf.Tensor1D }),
    ...(stands.mask && { mask: stands.mask as tf.Tensor1D }),
    extras: under('extra/'),
    size: given.x!.shape[0]!,
  };
  const signals = teachers.map(
    (teacher, i): Outputs =>
      teacher.lookup === true
        ? { logits: stands[`teacher${i}/logits`] as tf.Tensor2D, taps: under(`teacher${i}/tap/`) }
        : teacher.signal(traced),
  );
  return { batch: traced, teachers: signals };
}

/** The values of a step that are computed on the host: found while it is traced, computed anew for each run. */
export class HostValues {
  private readonly schedules = new Map<string, Schedule>();
  private readonly paths = new Map<string, Path>();
  private readonly words = new Map<string, number>();

  constructor(private readonly trained: Trained) {}

  /** Placeholders for everything that changes from step to step besides the lesson. */
  traced(scope: TraceScope, when: When): StepValues {
    const rates = Object.keys(ratesAt(this.trained.learner, when.at));
    return {
      moment: {
        value: (schedule) => {
          if (typeof schedule === 'number') return tf.scalar(schedule);
          const name = `schedule${this.schedules.size}`;
          this.schedules.set(name, schedule);
          return scope.placeholder(name, []) as tf.Scalar;
        },
      },
      draws: new Draws(
        when.rng,
        (_, path) => {
          const name = `key${this.paths.size}`;
          this.paths.set(name, path);
          return scope.placeholder(name, [2], 'int32') as tf.Tensor1D;
        },
        [],
        (count) => {
          const name = `words${this.words.size}`;
          this.words.set(name, count);
          return scope.placeholder(name, [count], 'int32') as tf.Tensor1D;
        },
      ),
      rates: Object.fromEntries(rates.map((name) => [name, scope.placeholder(`rate/${name}`, []) as tf.Scalar])),
    };
  }

  at({ at, rng }: When): Record<string, Values> {
    const values: Record<string, Values> = {};
    for (const [name, schedule] of this.schedules) values[name] = Float32Array.of(valueAt(schedule, at));
    for (const [name, path] of this.paths)
      values[name] = Int32Array.from(path.reduce((key, [label, index]) => key.split(label, index), rng).key);
    for (const [name, count] of this.words) values[name] = new Int32Array(cryptographicWords(count).buffer);
    for (const [name, rate] of Object.entries(ratesAt(this.trained.learner, at)))
      values[`rate/${name}`] = Float32Array.of(rate);
    return values;
  }
}
