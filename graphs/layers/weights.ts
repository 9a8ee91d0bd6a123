import type * as tf from '@tensorflow/tfjs';
import type { ModelPlace } from '../../src/core/model';
import { parameter } from '../../src/core/params';
import type { ModelCost, Params } from '../../src/core/types';
import { costOf } from '../../src/models/parts/cost';
import { glorotUniform } from '../../src/models/parts/initializers';

/** The parameters of a model as its layers ask for them. Each is drawn by its own name. */
export class Weights {
  private readonly made: Record<string, tf.Variable> = {};

  constructor(private readonly place: Pick<ModelPlace, 'id' | 'rng'>) {}

  /** Glorot uniform (Glorot and Bengio 2010). */
  kernel(name: string, from: number, to: number): tf.Tensor2D {
    return this.put(name, [from, to], glorotUniform(this.place.rng, name, [from, to])) as tf.Tensor as tf.Tensor2D;
  }

  filled(name: string, shape: number[], value: number): tf.Tensor {
    const size = shape.reduce((product, length) => product * length, 1);
    return this.put(name, shape, new Float32Array(size).fill(value));
  }

  bias(name: string, width: number): tf.Tensor1D {
    return this.filled(name, [width], 0) as tf.Tensor1D;
  }

  get params(): Params {
    return this.made;
  }

  /** Multiply-adds: those of the kernels for one node; gathering its neighbours' rows comes on top. */
  get cost(): ModelCost {
    const all = Object.values(this.made);
    const multiplyAdds = all.reduce((sum, { size, rank }) => sum + (rank > 1 ? size : 0), 0);
    return costOf(this.made, multiplyAdds);
  }

  private put(name: string, shape: number[], values: Float32Array): tf.Variable {
    const made = parameter(`${this.place.id}/${name}`, shape, values);
    this.made[name] = made;
    return made;
  }
}
