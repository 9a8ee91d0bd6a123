import * as tf from '@tensorflow/tfjs';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { Executor } from './executor';
import type { Machine } from './machine';
import type { Memory } from './memory';
import { type Argument, OperationPrograms } from './one-operation';
import type { DType } from './program/ir';
import { Slots } from './program/slots';

/** The name tfjs knows the backend by. */
export const BACKEND = 'kdlab';

/** Kernels run by the engine where they have enough to do; all others are tfjs' own in JavaScript. */
export const ACCELERATED: readonly string[] = [
  'BatchMatMul', '_FusedMatMul',
  'Conv2D', 'Conv2DBackpropFilter', 'Conv2DBackpropInput', 'FusedConv2D',
  'DepthwiseConv2dNative', 'DepthwiseConv2dNativeBackpropFilter', 'DepthwiseConv2dNativeBackpropInput',
  'FusedDepthwiseConv2D', 'MaxPool', 'MaxPoolGrad', 'AvgPool', 'AvgPoolGrad', 'FusedBatchNorm',
  'Sum', 'Max', 'Min', 'Mean', 'Prod', 'ArgMax', 'ArgMin', 'Softmax', 'Cumsum',
  'GatherV2', 'UnsortedSegmentSum', 'Transpose', 'Tile', 'PadV2', 'Concat', 'Select', 'AddN', 'ClipByValue',
  'Add', 'Sub', 'Multiply', 'RealDiv', 'Maximum', 'Minimum', 'SquaredDifference', 'Pow',
  'Neg', 'Abs', 'Square', 'Sqrt', 'Rsqrt', 'Exp', 'Log', 'Log1p', 'Expm1', 'Relu', 'Relu6', 'Elu', 'Selu', 'LeakyRelu',
  'Prelu', 'EluGrad', 'Sigmoid', 'Tanh', 'Softplus', 'Erf', 'Sin', 'Cos',
]; // biome-ignore format: a table

/** Kernels whose second input is int32 indices. */
const INDEXED = new Set(['GatherV2', 'UnsortedSegmentSum']);

/** Elements of inputs from which on a program is worth beginning; with fewer, JavaScript is done before. */
const WORTHWHILE = 512;

/**
 * A tfjs backend for eager work on the memory of compiled programs: tfjs' CPU backend, whose arrays of variables are views
 * of their homes, with its dear kernels replaced by programs of one operation.
 */
class KdlabBackend extends MathBackendCPU {
  /** The buffers that homes of variables lie in. */
  readonly shared = new Set<ArrayBufferLike>();

  /** Kernels hand over parts of their inputs as results (a slice): a part of a variable's home is copied. */
  override write(...[values, shape, dtype]: Parameters<MathBackendCPU['write']>): object {
    return super.write(this.own(values), shape, dtype);
  }

  override readSync(dataId: object): tf.backend_util.BackendValues {
    return this.own(super.readSync(dataId));
  }

  private own(values: tf.backend_util.BackendValues): tf.backend_util.BackendValues {
    return ArrayBuffer.isView(values) && this.shared.has(values.buffer) ? values.slice() : values;
  }
}

/**
 * Makes an executor's memory the one that tfjs computes in, as backend `kdlab`. Once a process. The caller chooses it by
 * `tf.setBackend`.
 */
export function openMachine(executor: Executor, memory: Memory, { worthwhile = WORTHWHILE } = {}): Machine {
  const backend = new KdlabBackend();
  const copyOf = (variable: tf.Variable) => tf.tensor(variable.dataSync().slice(), variable.shape, variable.dtype);
  const slots = new Slots(executor, memory, backend, copyOf);
  const machine: Machine = { executor, memory, slots };
  tf.registerBackend(BACKEND, () => backend, 0);
  registerKernels(backend, new OperationPrograms(machine), worthwhile);
  return machine;
}

function registerKernels(backend: KdlabBackend, programs: OperationPrograms, worthwhile: number): void {
  const accelerated = new Set(ACCELERATED);
  const present = new Set(tf.getKernelsForBackend(BACKEND).map((kernel) => kernel.kernelName));
  for (const kernel of tf.getKernelsForBackend('cpu')) {
    if (present.has(kernel.kernelName)) continue;
    if (!accelerated.has(kernel.kernelName)) tf.registerKernel({ ...kernel, backendName: BACKEND });
    else
      tf.registerKernel({
        ...kernel,
        backendName: BACKEND,
        kernelFunc: (call) =>
          accelerate(kernel.kernelName, call, backend, programs, worthwhile) ?? kernel.kernelFunc(call),
      });
  }
}

type Call = Parameters<tf.KernelFunc>[0];

/** Undefined where the kernel is better left to JavaScript: little to do, or numbers that are not floats. */
function accelerate(
  kernelName: string,
  { inputs, attrs }: Call,
  backend: KdlabBackend,
  programs: OperationPrograms,
  worthwhile: number,
): tf.TensorInfo | tf.TensorInfo[] | undefined {
  const named = Object.entries(inputs).flatMap(([name, info]) => (info ? [[name, info] as const] : []));
  let size = 0;
  for (const [i, [, { shape, dtype }]] of named.entries()) {
    const fits = dtype === 'float32' || (i === 1 && dtype === 'int32' && INDEXED.has(kernelName));
    if (!fits && !(kernelName === 'Select' && dtype === 'bool')) return undefined;
    size += tf.util.sizeFromShape(shape);
  }
  if (size < worthwhile) return undefined;
  const given = named.map(([name, { dataId, shape, dtype }]): Argument => {
    const values = backend.data.get(dataId).values as ArrayLike<number>;
    return { name, shape, dtype: dtype as DType, values };
  });
  const results = programs
    .run(kernelName, given, (attrs ?? {}) as Readonly<Record<string, unknown>>)
    ?.map(({ shape, dtype, values }) =>
      backend.makeTensorInfo([...shape], dtype, dtype === 'bool' ? Uint8Array.from(values) : values),
    );
  return results?.length === 1 ? results[0] : results;
}
