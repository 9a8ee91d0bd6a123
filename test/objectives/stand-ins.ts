import * as tf from '@tensorflow/tfjs';
import type { ObjectivePlace } from '../../src/core/objective';
import type { Model, Outputs } from '../../src/core/types';
import { Rng } from '../../src/math/rng';

/** Of two heads and three tokens on both sides. */
const ATTENTION = { scores1: [2, 3, 3], attention1: [2, 3, 3], relation1: [2, 3, 3] };

/** Shapes of one example's taps on each side: flat ones, maps [h,w,c] and a transformer's, wider with the teacher. */
const TAPS: Readonly<Record<'student' | 'teacher', Readonly<Record<string, readonly number[]>>>> = {
  student: {
    hidden1: [6],
    dense: [6],
    block1: [4, 4, 3],
    block2: [2, 2, 5],
    value: [],
    ...ATTENTION,
    embedding: [3, 4],
  },
  teacher: {
    hidden1: [7],
    dense: [7],
    block1: [4, 4, 4],
    block2: [2, 2, 6],
    value: [],
    ...ATTENTION,
    embedding: [3, 5],
  },
};

/**
 * Logits with taps made of them, each smooth in the logits, so that a gradient by the logits tests what reads any tap.
 * `like` gives both sides the shapes of one.
 */
export function outputsOf(side: 'student' | 'teacher', logits: tf.Tensor2D, like = side): Outputs {
  const [rows, classes] = logits.shape;
  const taps = Object.entries(TAPS[like]).map(([name, shape]) => {
    const width = (shape as readonly number[]).reduce((product, size) => product * size, 1);
    const map = tf.tensor2d(
      Rng.root(17)
        .split(`${side}/${name}`)
        .normal(classes * width, 0, 0.5),
      [classes, width],
    );
    return [name, tf.reshape(tf.softplus(tf.matMul(logits, map)), [rows, ...shape])] as const;
  });
  return { logits, taps: Object.fromEntries(taps) };
}

/** A place whose networks say what `outputsOf` does. */
export function placeOf(classes: number, like?: 'student' | 'teacher'): ObjectivePlace {
  const network = (side: 'student' | 'teacher') => ({
    id: side,
    inputShape: [1],
    classes,
    taps: Object.keys(TAPS[side]),
  });
  const student: Model = {
    ...network('student'),
    params: {},
    coupling: 'example',
    cost: { parameters: 0, bytes: 0, multiplyAdds: 0 },
    forward: ({ size }) => outputsOf('student', tf.zeros([size, classes]), like),
  };
  const teacher = {
    ...network('teacher'),
    signal: ({ size }: { size: number }) => outputsOf('teacher', tf.zeros([size, classes]), like),
  };
  return { student, teachers: [teacher, teacher, teacher], batch: { x: tf.zeros([2, 1]), size: 2 }, rng: Rng.root(23) };
}

/** What policy sources attach to a batch, of the given examples: an action of four and numbers by name. */
export function extrasOf(examples: readonly number[]): Record<string, tf.Tensor1D> {
  const rng = Rng.root(29);
  const numbers = (name: string) => tf.tensor1d(examples.map((i) => rng.split(name, i).normal(1)[0]!));
  const action = examples.map((i) => rng.split('action', i).stream().integer(4));
  const named = ['advantage', 'return', 'logProbability', 'value', 'target', 'weight'];
  return {
    action: tf.tensor1d(action, 'int32'),
    ...Object.fromEntries(named.map((name) => [name, numbers(name)])),
  };
}
