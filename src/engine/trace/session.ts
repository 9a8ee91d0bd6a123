import * as tf from '@tensorflow/tfjs';
import { type DType, sizeOf } from '../program/ir';
import { Builder, type Value } from './builder';
import { dtypeOf, loweringOf } from './registry';
import { Untraceable } from './untraceable';

/** What tfjs hands to a kernel and gets from it. */
type Infos = Readonly<Record<string, tf.TensorInfo>>;

/** One trace: which value of the graph each tensor stands for. */
export class Session {
  readonly builder = new Builder();
  private readonly values = new Map<object, Value>();
  /** What was assigned to variables so far; reading one afterwards sees it. */
  private readonly assigned = new Map<tf.Variable, Value>();

  /** A handle that tfjs makes a tensor of. */
  hold(value: Value): tf.TensorInfo {
    const dataId = {};
    this.values.set(dataId, value);
    return { dataId, shape: [...value.shape], dtype: value.dtype };
  }

  /** The value a tensor stands for: traced, a variable, or captured from outside as a constant. */
  valueOf(info: tf.TensorInfo): Value {
    if (info instanceof tf.Variable) return this.assigned.get(info) ?? this.builder.variable(info);
    let value = this.values.get(info.dataId);
    if (value === undefined) {
      value = this.capture(info);
      this.values.set(info.dataId, value);
    } else if (value.shape.length !== info.shape.length || value.shape.some((length, i) => length !== info.shape[i]))
      value = this.builder.reshape(value, info.shape);
    return value;
  }

  /** Throws Error where type or shape differ, as tfjs does. */
  assign(variable: tf.Variable, tensor: tf.Tensor): void {
    if (tensor.dtype !== variable.dtype)
      throw new Error(`assigning to "${variable.name}": found ${tensor.dtype}, expected ${variable.dtype}`);
    tf.util.assertShapesMatch(tensor.shape, variable.shape, `assigning to "${variable.name}": `);
    const value = this.valueOf(tensor);
    this.builder.assign(variable, value);
    this.assigned.set(variable, value);
  }

  /** A kernel called by tfjs. */
  call(kernelName: string, inputs: Infos | readonly tf.TensorInfo[], attributes: Readonly<Record<string, unknown>>) {
    const infos = Array.isArray(inputs) ? inputs : Object.values(inputs as Infos);
    const present = Object.entries(inputs as Infos).filter(([, info]) => info !== undefined && info !== null);
    const result = loweringOf(kernelName)({
      builder: this.builder,
      inputs: Object.fromEntries(present.map(([name, info]) => [name, this.valueOf(info)])),
      list: infos.flatMap((info: tf.TensorInfo | undefined) => (info ? [this.valueOf(info)] : [])),
      attributes,
    });
    return Array.isArray(result) ? result.map((value) => this.hold(value)) : this.hold(result as Value);
  }

  /** A host array made a tensor. */
  write(values: ArrayLike<number>, shape: readonly number[], dtype: DType): object {
    const { dataId } = this.hold(this.builder.constant(values, shape, dtype));
    return dataId;
  }

  private capture({ dataId, shape, dtype }: tf.TensorInfo): Value {
    const held = tf.engine().state.tensorInfo.get(dataId as tf.Tensor['dataId']);
    if (held === undefined)
      throw new Untraceable('a disposed tensor', `a step uses a tensor of shape [${shape}] that was disposed`);
    const values = held.backend.readSync(dataId) as Float32Array | Int32Array | Uint8Array;
    return this.builder.constant(values.subarray(0, sizeOf(shape)), shape, dtypeOf(dtype));
  }
}
