import * as tf from '@tensorflow/tfjs';
import { registerInstruction } from '../engine/program/custom';
import { registerEvaluator } from '../engine/program/evaluate/custom';
import { NONE, type OPCODES } from '../engine/program/instructions';
import { registerTracedKernel } from '../engine/trace/registry';

/** Numbers a kernel reads and writes: typed arrays of tfjs' tensors, float64 in the reference evaluator. */
export type Numbers = Float32Array | Float64Array | Int32Array;

/**
 * A kernel of sparse algebra, known to tfjs, to traced programs and to the compiled kernels by one name. Its
 * instruction's operands are its sizes, the addresses of its inputs and of its result, each in the order given here.
 */
export interface SparseKernel<S extends string = string, I extends string = string> {
  readonly name: (typeof OPCODES)[number];
  readonly sizes: readonly S[];
  /** Those that a call may leave out too. */
  readonly inputs: readonly I[];
  /** float32 where absent. */
  readonly dtype?: 'int32';
  shape(sizes: Readonly<Record<S, number>>): number[];
  /** Writes the result; `out` is zero before. */
  compute(sizes: Readonly<Record<S, number>>, inputs: { readonly [name in I]: Numbers }, out: Numbers): void;
}

/** The backends that get the plain loops; where one is not loaded its registration is never used. */
const BACKENDS = ['cpu', 'wasm', 'tensorflow', 'kdlab'] as const;

const kernels = new Map<string, SparseKernel>();

/** All kernels of sparse algebra by name. */
export function sparseKernels(): ReadonlyMap<string, SparseKernel> {
  return kernels;
}

/** Inputs of int32: what the matrix is made of, and numbers of entries. */
const INTEGERS: ReadonlySet<string> = new Set(['pointers', 'indices', 'index', 'order', 'chosen']);

/** Makes a kernel known to tfjs, to traces and to programs. */
export function sparseKernel<S extends string, I extends string>(kernel: SparseKernel<S, I>): SparseKernel<S, I> {
  kernels.set(kernel.name, kernel as SparseKernel);
  for (const backendName of BACKENDS)
    tf.registerKernel({
      kernelName: kernel.name,
      backendName,
      kernelFunc: ({ inputs, attrs, backend }) => {
        const sizes = attrs as unknown as Record<S, number>;
        const arrays = Object.fromEntries(
          Object.entries(inputs).map(([name, info]) => [name, valuesOf(info!, backend)]),
        ) as { [name in I]: Numbers };
        const shape = kernel.shape(sizes);
        const length = tf.util.sizeFromShape(shape);
        const out = kernel.dtype === 'int32' ? new Int32Array(length) : new Float32Array(length);
        kernel.compute(sizes, arrays, out);
        return tf.tensor(out, shape, kernel.dtype ?? 'float32');
      },
    });
  traced(kernel);
  return kernel;
}

/** The custom operation of a kernel: its attributes are the sizes and, as bits, which of the inputs it has. */
function traced<S extends string, I extends string>(kernel: SparseKernel<S, I>): void {
  const { name } = kernel;
  registerTracedKernel(name, ({ builder, inputs, attributes }) => {
    const sizes = Object.fromEntries(kernel.sizes.map((size) => [size, attributes[size] as number])) as Record<
      S,
      number
    >;
    let given = 0;
    const ids = kernel.inputs.flatMap((input, i) => {
      const value = inputs[input];
      if (value === undefined) return [];
      given |= 1 << i;
      return [builder.cast(value, INTEGERS.has(input) ? 'int32' : 'float32').id];
    });
    const op = { kind: 'custom', name, attributes: { ...sizes, given }, inputs: ids } as const;
    return builder.add(op, kernel.shape(sizes), kernel.dtype ?? 'float32');
  });
  registerInstruction(name, {
    opcode: name,
    operands: ({ op }, buffers, output) => {
      if (op.kind !== 'custom') throw new Error(`${name} is a custom operation, found ${op.kind}`);
      const addresses = placed(
        op.attributes,
        buffers.map(({ address }) => address),
      );
      const sizes = kernel.sizes.map((size) => op.attributes[size] as number);
      return [...sizes, ...kernel.inputs.map((input) => addresses[input] ?? NONE), output];
    },
  });
  registerEvaluator(name, ({ attributes, inputs, shape }) => {
    const out = new Float64Array(tf.util.sizeFromShape([...shape]));
    kernel.compute(attributes as Record<S, number>, placed(attributes, inputs) as { [name in I]: Numbers }, out);
    return out;
  });

  /** What belongs to the inputs that an operation has, by their names. */
  function placed<T>(attributes: Readonly<Record<string, unknown>>, given: readonly T[]): Partial<Record<I, T>> {
    const present = kernel.inputs.filter((_, i) => ((attributes.given as number) >> i) & 1);
    return Object.fromEntries(present.map((input, i) => [input, given[i]])) as Partial<Record<I, T>>;
  }
}

/** A tensor's values; on tfjs' WebAssembly backend a view that lasts until the next allocation. */
function valuesOf(info: tf.TensorInfo, backend: object): Numbers {
  if ('typedArrayFromHeap' in backend)
    return (backend as { typedArrayFromHeap(info: tf.TensorInfo): Numbers }).typedArrayFromHeap(info);
  return (info as tf.Tensor).dataSync() as Numbers;
}

/** Runs a kernel through tfjs. It has no gradient of its own: see `differentiable`. */
export function runSparse<S extends string, I extends string>(
  kernel: SparseKernel<S, I>,
  sizes: Readonly<Record<S, number>>,
  inputs: Readonly<Partial<Record<I, tf.Tensor | undefined>>>,
): tf.Tensor {
  const given = Object.fromEntries(
    Object.entries(inputs).filter((entry): entry is [string, tf.Tensor] => entry[1] !== undefined),
  );
  return tf.engine().runKernel(kernel.name, given, { ...sizes }) as tf.Tensor;
}

/**
 * A function of tensors with a gradient given by hand, itself of differentiable operations. `keep` says what the
 * gradient reads of the inputs or the result, which then stays in memory until it has run.
 */
export function differentiable(
  inputs: readonly tf.Tensor[],
  forward: (...inputs: tf.Tensor[]) => tf.Tensor,
  backward: (dy: tf.Tensor, kept: readonly tf.Tensor[]) => tf.Tensor[],
  keep: 'nothing' | 'inputs' | 'result' = 'nothing',
): tf.Tensor {
  return tf.customGrad((...args) => {
    const save = args.pop() as tf.GradSaveFunc;
    const value = forward(...(args as tf.Tensor[]));
    save(keep === 'inputs' ? (args as tf.Tensor[]) : keep === 'result' ? [value] : []);
    return { value, gradFunc: (dy: tf.Tensor, kept: tf.Tensor[]) => backward(dy, kept) };
  })(...inputs);
}
