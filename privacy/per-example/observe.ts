import * as tf from '@tensorflow/tfjs';
import { KdlabError } from '../../src/core/errors';
import type { Params } from '../../src/core/types';
import { pullBackOf, type View, whole } from './view';

/** One operation in which a parameter meets activations, and the derivative of the loss by what came of it. */
export interface Use {
  /** tfjs' name of the operation. */
  readonly kernel: string;
  /** The operation's name for the input that is the parameter. */
  readonly place: string;
  /** Its inputs; the parameter's among them. */
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Shaped like the output. */
  readonly delta: tf.Tensor;
  /** How the parameter was reshaped before. */
  readonly view: View;
}

interface Seen extends Omit<Use, 'delta'> {
  readonly parameter: string;
}

/**
 * The sum of losses, and all uses of the parameters in it. Operations are watched where tfjs runs them, so that any
 * model will do; no gradient of a parameter is made: the derivative is taken by the outputs of the uses. Uses that the loss
 * does not depend on are left out. Throws KdlabError where a parameter disappears in a custom gradient.
 */
export function observe(
  loss: () => tf.Scalar,
  params: Params,
): { value: tf.Scalar; uses: Readonly<Record<string, readonly Use[]>> } {
  const engine = tf.engine();
  const seen: Seen[] = [];
  // tfjs reads this list after the forward pass has filled it; the first element is for its check that there is one.
  const outputs: tf.Tensor[] = [tf.scalar(0)];
  const { value, grads } = engine.gradients(
    () =>
      watching(params, loss, (use, output) => {
        seen.push(use);
        outputs.push(output);
      }),
    outputs,
    undefined,
    true,
  );
  const uses: Record<string, Use[]> = {};
  seen.forEach(({ parameter, inputs, ...rest }, i) => {
    // What was kept through the scopes of the forward pass belongs to the caller's from here on.
    const handed = Object.fromEntries(
      Object.entries(inputs).map(([name, tensor]) => {
        if (tensor instanceof tf.Variable) return [name, tensor];
        const clone = tf.clone(tensor);
        tensor.dispose();
        return [name, clone];
      }),
    );
    const delta = grads[i + 1];
    if (delta === undefined) return;
    uses[parameter] ??= [];
    uses[parameter].push({ ...rest, inputs: handed, delta });
  });
  return { value, uses };
}

/** Runs `body` and tells of every operation on a parameter, or on a view of one. */
function watching<T>(params: Params, body: () => T, tell: (use: Seen, output: tf.Tensor) => void): T {
  const engine = tf.engine();
  const { runKernel } = engine;
  const views = new Map<number, { parameter: string; view: View }>(
    Object.entries(params).map(([parameter, { id, shape }]) => [id, { parameter, view: whole(shape) }]),
  );
  engine.runKernel = (<T extends tf.Tensor | tf.Tensor[]>(
    kernel: string,
    inputs: Record<string, tf.Tensor>,
    attributes: Record<string, unknown> = {},
  ): T => {
    const output = runKernel.call(engine, kernel, inputs, attributes as never) as T;
    const [found, another] = Object.entries(inputs).filter(([, tensor]) => tensor && views.has(tensor.id));
    if (found === undefined) return output;
    const [place, { id, shape }] = found;
    if (another !== undefined)
      throw new KdlabError(
        `the parameters "${views.get(id)!.parameter}" and "${views.get(another[1].id)!.parameter}" meet in the operation ` +
          `${kernel}, where no example is to be seen; set norms: loop`,
      );
    const { parameter, view } = views.get(id)!;
    const pullBack = pullBackOf(kernel, shape, attributes);
    if (pullBack !== undefined && !Array.isArray(output)) {
      views.set(output.id, { parameter, view: (gradient, lead) => view(pullBack(gradient, lead), lead) });
      return output;
    }
    if (engine.state.kernelDepth > 0)
      throw new KdlabError(
        `the parameter "${parameter}" enters an operation with a gradient of its own, where per-example gradients are out ` +
          'of sight; set norms: loop',
      );
    const kept = Object.entries(inputs).map(([name, tensor]) => [
      name,
      tensor instanceof tf.Variable ? tensor : tf.keep(tf.clone(tensor)),
    ]);
    tell({ parameter, view, kernel, place, attributes, inputs: Object.fromEntries(kept) }, output as tf.Tensor);
    return output;
  }) as typeof runKernel;
  try {
    return body();
  } finally {
    engine.runKernel = runKernel;
  }
}
