import * as tf from '@tensorflow/tfjs';
import type { State } from '../../src/core/state';
import type { Batch, Source } from '../../src/core/types';
import { imageBatch } from '../../src/data/batch';
import type { Examples, ImageShape } from '../../src/data/dataset';
import type { Rng } from '../../src/math/rng';
import { jitter } from '../../src/sources/jitter';
import { lent } from '../../src/sources/lent';
import type { Questions } from './questions';

export interface StudentSourceOptions {
  /** Public examples; their own labels are not looked at. */
  readonly examples: Examples;
  readonly inputShape: ImageShape;
  /** Those that may be seen without labels. */
  readonly ids: Int32Array;
  readonly questions: Questions;
  /** Answered queries in a batch. */
  readonly batchSize: number;
  /** Examples without labels in a batch; 0 for plain training. */
  readonly unlabelled: number;
  /** Pixels by which what the student learns from is shifted at random. */
  readonly jitter: number;
  readonly flatten: boolean;
}

/**
 * What a PATE student learns from: answered queries with the answers as labels, followed by examples without labels. x and y as
 * in `minibatch`; `extras.answered` float32 [n] weighs the first and is 0 for the others, `extras.unlabelled` the reverse, both
 * so that the mean over the batch is the sum of two means; `extras.clean` is x before it was shifted.
 */
export function studentSource(options: StudentSourceOptions): Source {
  const { examples, inputShape, ids, questions, batchSize, unlabelled, flatten } = options;
  let step = 0;

  /** `count` numbers below `n`, going round permutations drawn anew for each round. */
  function take(rng: Rng, from: number, count: number, n: number): Int32Array {
    let round = -1;
    let order = new Int32Array();
    return Int32Array.from({ length: count }, (_, i) => {
      const at = from + i;
      if (Math.floor(at / n) !== round) {
        round = Math.floor(at / n);
        order = rng.split('round', round).permutation(n) as Int32Array<ArrayBuffer>;
      }
      return order[at % n]!;
    });
  }

  function batchOf(rng: Rng): Batch {
    const answers = questions.answers();
    const size = Math.min(batchSize, answers.ids.length);
    const asked = take(rng.split('answered'), step * size, size, answers.ids.length);
    const others = take(rng.split('unlabelled'), step * unlabelled, unlabelled, ids.length);
    const chosen = Int32Array.of(...asked.map((i) => answers.ids[i]!), ...others.map((i) => ids[i]!));
    const total = chosen.length;
    const moved = options.jitter > 0 ? { shift: jitter(rng.split('jitter', step), options.jitter) } : {};
    const seen = imageBatch(examples, chosen, { inputShape, flatten, ...moved });
    const clean = imageBatch(examples, chosen, { inputShape, flatten });
    tf.dispose([seen.y!, clean.y!]);
    const weights = (of: (labelled: boolean) => number) =>
      tf.tensor1d(Float32Array.from({ length: total }, (_, row) => of(row < size)));
    return {
      x: seen.x,
      y: tf.tensor1d(
        Int32Array.from({ length: total }, (_, row) => (row < size ? answers.labels[asked[row]!]! : 0)),
        'int32',
      ),
      extras: {
        clean: clean.x,
        answered: weights((labelled) => (labelled ? total / size : 0)),
        unlabelled: weights((labelled) => (labelled ? 0 : total / unlabelled)),
      },
      size: total,
    };
  }

  function* made(rng: Rng): Generator<Batch> {
    for (;;) {
      const batch = batchOf(rng);
      step++;
      yield batch;
    }
  }

  return {
    sampling: { kind: 'shuffle' },
    inputShape: flatten ? [inputShape.reduce((product, length) => product * length)] : inputShape,
    augmented: options.jitter > 0,
    batches: ({ rng }) => lent(made(rng)),
    save: () => ({ step, questions: questions.save() }),
    load: (state) => {
      step = state.step as number;
      questions.load(state.questions as State);
    },
  };
}
