import * as tf from '@tensorflow/tfjs';
import type { Batch, Model, Teacher } from '../core/types';

/**
 * A trained network as a teacher: its forward pass in evaluation mode. Examples that come flat to a teacher of images,
 * or as images to a dense one, are reshaped: teacher and student need not be of one architecture.
 */
export function networkTeacher(model: Model): Teacher {
  const { id, inputShape, classes, taps } = model;
  const fitted = (batch: Batch): Batch =>
    batch.x.rank === inputShape.length + 1 ? batch : { ...batch, x: tf.reshape(batch.x, [batch.size, ...inputShape]) };
  return { id, inputShape, classes, taps, signal: (batch) => model.forward(fitted(batch), { training: false }) };
}
