import * as tf from '@tensorflow/tfjs';
import { boxMuller } from '../math/box-muller';
import { cryptographicWords } from '../math/cryptographic-noise';
import { Rng } from '../math/rng';

/** Name of the kernel behind `Draws`; an engine that compiles steps implements it for itself. */
export const RANDOM_KERNEL = 'KdlabRandom';

/** Labels and indices that lead from one key to another by `Rng.split`. */
export type Path = readonly (readonly [label: string, index: number])[];

/** Draws the kernel makes: from an int32 [2] key, or normals of as many int32 words, rounded up to even. */
export type Drawn = 'uniform' | 'normal' | 'normalOfWords';

/**
 * Random tensors within a step, named by label as with `Rng`. They are operations on a key and not values made on the
 * side, so that a compiled step draws anew each time it runs.
 */
export class Draws {
  constructor(
    private readonly rng: Rng,
    private readonly keyOf: (rng: Rng, path: Path) => tf.Tensor1D = (from) => tf.tensor1d([...from.key], 'int32'),
    private readonly path: Path = [],
    private readonly wordsOf: (count: number) => tf.Tensor1D = (count) =>
      tf.tensor1d(new Int32Array(cryptographicWords(count).buffer), 'int32'),
  ) {}

  /** Independent draws for `label` and `index`. */
  split(label: string, index = 0): Draws {
    return new Draws(this.rng.split(label, index), this.keyOf, [...this.path, [label, index]], this.wordsOf);
  }

  /** Uniform on [0, 1), 24 random bits each. Draw once from each `Draws`. */
  uniform(shape: readonly number[]): tf.Tensor {
    return this.draw('uniform', shape, this.keyOf(this.rng, this.path));
  }

  /** Standard normal. */
  normal(shape: readonly number[]): tf.Tensor {
    return this.draw('normal', shape, this.keyOf(this.rng, this.path));
  }

  /**
   * Standard normal from the cryptographic generator (src/math/cryptographic-noise.ts), anew at every call and whatever the
   * key: nobody can draw it again, a resumed run neither.
   */
  secretNormal(shape: readonly number[]): tf.Tensor {
    const size = shape.reduce((product, length) => product * length, 1);
    return this.draw('normalOfWords', shape, this.wordsOf(2 * Math.ceil(size / 2)));
  }

  private draw(name: Drawn, shape: readonly number[], key: tf.Tensor1D): tf.Tensor {
    return tf.engine().runKernel(RANDOM_KERNEL, { key }, { name, shape: [...shape] }) as tf.Tensor;
  }
}

for (const backendName of ['cpu', 'wasm', 'tensorflow', 'kdlab'])
  tf.registerKernel({
    kernelName: RANDOM_KERNEL,
    backendName,
    kernelFunc: ({ inputs, attrs }) => {
      const words = (inputs.key as tf.Tensor).dataSync<'int32'>();
      const { name, shape } = attrs as unknown as { name: Drawn; shape: number[] };
      const size = shape.reduce((product, length) => product * length, 1);
      const values =
        name === 'normalOfWords'
          ? boxMuller(Uint32Array.from(words), size)
          : Rng.fromKey(words[0]!, words[1]!)[name](size);
      return tf.tensor(values, shape, 'float32');
    },
  });
