import * as tf from '@tensorflow/tfjs';
import type { DType, Graph } from '../program/ir';
import { recording } from './backend';
import { Session } from './session';
import { Untraceable } from './untraceable';
import './kernels/blocks';
import './kernels/elementwise';
import './kernels/indexing';
import './kernels/layout';
import './kernels/normalization';
import './kernels/product';
import './kernels/random';
import './kernels/reduction';
import './kernels/trigonometric';
import './kernels/window';

export { registerTracedKernel } from './registry';
export { Untraceable } from './untraceable';

export interface TraceScope {
  /** A tensor that stands for an input of the graph. */
  placeholder(name: string, shape: readonly number[], dtype?: DType): tf.Tensor;
}

/**
 * Records what `body` asks of tfjs as a graph, computing nothing. Variables become variables of the graph and what is
 * assigned to them updates; tensors from outside and host arrays become constants. Nothing outside changes: variables
 * keep their values and no tensor is left over. Throws Untraceable where a program could not do the same.
 */
export function trace(body: (scope: TraceScope) => Readonly<Record<string, tf.Tensor>>): Graph<tf.Variable> {
  const session = new Session();
  const variables = new Set(Object.keys(tf.engine().registeredVariables));
  let graph: Graph<tf.Variable> | undefined;
  recording(session, () => {
    try {
      tf.tidy(() => {
        const outputs = body({
          placeholder: (name, shape, dtype = 'float32') =>
            tf.engine().makeTensorFromTensorInfo(session.hold(session.builder.input(name, shape, dtype))),
        });
        if (outputs instanceof Promise)
          throw new Untraceable(
            'await',
            'a step is asynchronous; compute it without `await` and without reading values',
          );
        graph = session.builder.graph(
          Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, session.valueOf(tensor)])),
        );
      });
    } finally {
      for (const [name, variable] of Object.entries(tf.engine().registeredVariables))
        if (!variables.has(name)) {
          variable.dispose();
          graph = undefined;
        }
    }
  });
  if (graph === undefined)
    throw new Untraceable('a new variable', 'a step makes a variable; make it before training (Objective.params)');
  return graph;
}
