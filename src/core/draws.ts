import * as tf from '@tensorflow/tfjs';
import { Rng } from '../math/rng';

/** Name of the kernel behind `Draws`; an engine that compiles steps implements it for itself. */
export const RANDOM_KERNEL = 'KdlabRandom';

/** Labels and indices that lead from one key to another by `Rng.split`. */
export type Path = readonly (readonly [label: string, index: number])[];

/**
 * Random tensors within a step, named by label as with `Rng`. They are operations on a key and not values made on the
 * side, so that a compiled step draws anew each time it runs.
 */
export class Draws {
  constructor(
    private readonly rng: Rng,
    private readonly keyOf: (rng: Rng, path: Path) => tf.Tensor1D = (from) => tf.tensor1d([...from.key], 'int32'),
    private readonly path: Path = [],
  ) {}

  /** Independent draws for `label` and `index`. */
  split(label: string, index = 0): Draws {
    return new Draws(this.rng.split(label, index), this.keyOf, [...this.path, [label, index]]);
  }

  /** Uniform on [0, 1), 24 random bits each. Draw once from each `Draws`. */
  uniform(shape: readonly number[]): tf.Tensor {
    return this.draw('uniform', shape);
  }

  /** Standard normal. */
  normal(shape: readonly number[]): tf.Tensor {
    return this.draw('normal', shape);
  }

  private draw(name: 'uniform' | 'normal', shape: readonly number[]): tf.Tensor {
    const key = this.keyOf(this.rng, this.path);
    return tf.engine().runKernel(RANDOM_KERNEL, { key }, { name, shape: [...shape] }) as tf.Tensor;
  }
}

for (const backendName of ['cpu', 'wasm', 'tensorflow', 'kdlab'])
  tf.registerKernel({
    kernelName: RANDOM_KERNEL,
    backendName,
    kernelFunc: ({ inputs, attrs }) => {
      const [k0, k1] = (inputs.key as tf.Tensor).dataSync<'int32'>();
      const { name, shape } = attrs as unknown as { name: 'uniform' | 'normal'; shape: number[] };
      const size = shape.reduce((product, length) => product * length, 1);
      return tf.tensor(Rng.fromKey(k0!, k1!)[name](size), shape, 'float32');
    },
  });
