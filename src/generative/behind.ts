import * as tf from '@tensorflow/tfjs';
import type { Batch, Model, Teacher } from '../core/types';
import type { Generator } from './generator';

/** The generator's images as a batch for a network: flat where its examples are. */
function imagesFor(inputShape: readonly number[], { draw }: Generator, { x, size }: Batch): Batch {
  return { x: tf.reshape(draw(x as tf.Tensor2D, size), [size, ...inputShape]), size };
}

/** A network on what a generator makes of its examples: z [n, latent] in. Only the network's parameters are its own. */
export function behind(generator: Generator, model: Model): Model {
  return {
    ...model,
    inputShape: [generator.latent],
    forward: (batch, mode) => model.forward(imagesFor(model.inputShape, generator, batch), mode),
  };
}

/** A teacher on what a generator makes of the examples. */
export function teacherBehind(generator: Generator, teacher: Teacher): Teacher {
  return {
    ...teacher,
    inputShape: [generator.latent],
    signal: (batch) => teacher.signal(imagesFor(teacher.inputShape, generator, batch)),
  };
}

/**
 * A generator as a learner sees it: its parameters, and what the two networks say of its images. Logits are the
 * teacher's; taps `student` (logits), `images` [n, h, w, c] and the teacher's own, prefixed by `teacher/`.
 */
export function judged(generator: Generator, teacher: Model, student: Model): Model {
  const taps = teacher.taps.map((tap) => `teacher/${tap}`);
  return {
    id: 'generator',
    inputShape: [generator.latent],
    classes: teacher.classes,
    params: generator.params,
    taps: ['student', 'images', ...taps],
    coupling: teacher.coupling === 'batch' || student.coupling === 'batch' ? 'batch' : 'example',
    cost: generator.cost,
    forward: ({ x, size }) => {
      const images = generator.draw(x as tf.Tensor2D, size);
      const given = (inputShape: readonly number[]): Batch => ({ x: tf.reshape(images, [size, ...inputShape]), size });
      const { logits, taps: found } = teacher.forward(given(teacher.inputShape), { training: false });
      return {
        logits,
        taps: {
          student: student.forward(given(student.inputShape), { training: false }).logits,
          images,
          ...Object.fromEntries(teacher.taps.map((tap) => [`teacher/${tap}`, found[tap]!])),
        },
      };
    },
  };
}
