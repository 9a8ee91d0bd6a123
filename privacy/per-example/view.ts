import * as tf from '@tensorflow/tfjs';

/**
 * Takes a gradient by a rearranged parameter, [...lead, ...its shape], back to one by the parameter itself. `lead` are
 * axes in front that both have: the examples' or none.
 */
export type View = (gradient: tf.Tensor, lead: readonly number[]) => tf.Tensor;

export const whole =
  (shape: readonly number[]): View =>
  (gradient, lead) =>
    tf.reshape(gradient, [...lead, ...shape]);

/** The view that an operation makes of its input of a shape; undefined where it does more than rearrange. */
export function pullBackOf(
  kernel: string,
  shape: readonly number[],
  attributes: Readonly<Record<string, unknown>>,
): View | undefined {
  if (kernel === 'Reshape' || kernel === 'ExpandDims' || kernel === 'Identity') return whole(shape);
  if (kernel !== 'Transpose') return undefined;
  const order = attributes.perm as readonly number[];
  return (gradient, lead) => {
    const back = order.map((_, axis) => order.indexOf(axis) + lead.length);
    return tf.transpose(gradient, [...lead.map((_, axis) => axis), ...back]);
  };
}
