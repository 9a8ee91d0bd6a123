import * as tf from '@tensorflow/tfjs';
import type { State } from './state';
import type { Params } from './types';

/** The values of variables by name, as float32 arrays. */
export function saveVariables(params: Params): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(params).map(([name, variable]) => [name, Float32Array.from(variable.dataSync() as Float32Array)]),
  );
}

/** Puts saved values back. Throws Error naming the variable where names or sizes disagree. */
export function restoreVariables(params: Params, saved: State): void {
  for (const [name, variable] of Object.entries(params)) {
    const values = saved[name];
    if (!(values instanceof Float32Array) || values.length !== variable.size) {
      const found = values instanceof Float32Array ? `${values.length} values` : 'nothing';
      throw new Error(
        `checkpoint holds ${found} for "${name}", expected ${variable.size} values of shape [${variable.shape}]`,
      );
    }
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape, 'float32')));
  }
}

let made = 0;

/** A trainable variable. Its name within tfjs is made unique, so that any number of models can be built. */
export function parameter(name: string, shape: number[], values: Float32Array): tf.Variable {
  return tf.tidy(() => tf.variable(tf.tensor(values, shape, 'float32'), true, `${name}#${++made}`));
}

/** A variable of zeros shaped like another: optimizer state. */
export function zerosLike(variable: tf.Variable): tf.Variable {
  return tf.tidy(() => tf.variable(tf.zerosLike(variable), false, `state#${++made}`));
}

export function disposeParams(params: Params): void {
  for (const variable of Object.values(params)) variable.dispose();
}
