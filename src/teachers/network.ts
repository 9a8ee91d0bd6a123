import type { Model, Teacher } from '../core/types';

/** A trained network as a teacher: its forward pass in evaluation mode. */
export function networkTeacher(model: Model): Teacher {
  const { id, inputShape, classes, taps } = model;
  return { id, inputShape, classes, taps, signal: (batch) => model.forward(batch, { training: false }) };
}
