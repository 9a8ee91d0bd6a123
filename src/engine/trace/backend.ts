import * as tf from '@tensorflow/tfjs';
import { dtypeOf, tracedKernels } from './registry';
import type { Session } from './session';
import { Untraceable } from './untraceable';

export const TRACE_BACKEND = 'kdlab-trace';

let current: Session | undefined;
/** The first value that the current trace was asked to read. */
let failure: Untraceable | undefined;

/** A tfjs backend that computes nothing: it tells the session of the day what it is asked to do. */
class TraceBackend extends tf.KernelBackend {
  /** How many tensors share a handle; tfjs counts its tensors by what `disposeData` answers. */
  private readonly references = new WeakMap<object, number>();

  override refCount(dataId: object): number {
    return this.references.get(dataId) ?? 1;
  }
  override incRef(dataId: object): void {
    this.references.set(dataId, this.refCount(dataId) + 1);
  }
  override disposeData(dataId: object, force = false): boolean {
    const left = this.refCount(dataId) - 1;
    this.references.set(dataId, left);
    return force || left < 1;
  }
  override numDataIds(): number {
    return 0;
  }
  override timerAvailable(): boolean {
    return false;
  }
  override floatPrecision(): 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }
  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }
  override write(values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType): object {
    return session().write(values as ArrayLike<number>, shape, dtypeOf(dtype));
  }
  override move(): void {
    throw reading();
  }
  override readSync(): tf.backend_util.BackendValues {
    throw reading();
  }
  override read(): Promise<tf.backend_util.BackendValues> {
    throw reading();
  }
}

/** A trace that reads a value has failed, even where the body catches the exception or never awaits it. */
function reading(): Untraceable {
  const error = new Untraceable(
    'reading a value',
    'a value is read in the middle of a step (dataSync, arraySync, data), which a program cannot do; ' +
      'express what follows as tensor operations (tf.where)',
  );
  failure ??= error;
  return error;
}

function session(): Session {
  if (current === undefined) throw new Error('the tracing backend is used outside of a trace');
  return current;
}

const known = new Set<string>();

/** tfjs' kernels and the project's own, so that each call is recorded or refused by name. */
function registerKernels(): void {
  for (const { kernelName } of tf.getKernelsForBackend('cpu')) registerKernel(kernelName);
  for (const kernelName of tracedKernels()) registerKernel(kernelName);
}

function registerKernel(kernelName: string): void {
  if (known.has(kernelName)) return;
  known.add(kernelName);
  tf.registerKernel({
    kernelName,
    backendName: TRACE_BACKEND,
    kernelFunc: ({ inputs, attrs }) =>
      session().call(
        kernelName,
        inputs as Readonly<Record<string, tf.TensorInfo>>,
        attrs as Readonly<Record<string, unknown>>,
      ),
  });
}

/**
 * Runs `body` with a session recording. Afterwards, also when it throws, tfjs' backend, `Variable.assign` and the way
 * values are read are as before, and tensors that the body kept are disposed. Throws Untraceable for a kernel that tfjs
 * has nowhere, and for a value read.
 */
export function recording(by: Session, body: () => void): void {
  if (current !== undefined) throw new Error('a trace was begun within a trace');
  if (tf.findBackend(TRACE_BACKEND) === null) tf.registerBackend(TRACE_BACKEND, () => new TraceBackend(), 0);
  registerKernels();
  // Makes tfjs choose a backend where it has not yet.
  tf.backend();
  const backend = tf.getBackend();
  const restore = [watchAssignments(by), watchReads(), watchKept()];
  current = by;
  failure = undefined;
  // Runs to its end before it returns, since the backend is made synchronously.
  void tf.setBackend(TRACE_BACKEND);
  try {
    body();
  } catch (error) {
    const missing = /registered kernel '(.+?)'/.exec(error instanceof Error ? error.message : '');
    if (missing === null) throw error;
    throw new Untraceable(missing[1]!, `the operation "${missing[1]}" has no compiled form`);
  } finally {
    for (const each of restore) each();
    current = undefined;
    void tf.setBackend(backend);
  }
  if (failure !== undefined) throw failure;
}

function watchAssignments(by: Session): () => void {
  const { assign } = tf.Variable.prototype;
  tf.Variable.prototype.assign = function (this: tf.Variable, value: tf.Tensor): void {
    by.assign(this, value);
  } as typeof assign;
  return () => {
    tf.Variable.prototype.assign = assign;
  };
}

/** A variable's data stay on the backend they are on, which would answer with the value before the step. */
function watchReads(): () => void {
  const engine = tf.engine();
  const { readSync, read } = engine;
  const refuse = (dataId: object): void => {
    for (const variable of Object.values(engine.registeredVariables)) if (variable.dataId === dataId) throw reading();
  };
  engine.readSync = (dataId) => {
    refuse(dataId);
    return readSync.call(engine, dataId);
  };
  engine.read = (dataId) => {
    refuse(dataId);
    return read.call(engine, dataId);
  };
  return () => {
    engine.readSync = readSync;
    engine.read = read;
  };
}

/** tf.keep, which tfjs' gradients use too, takes tensors out of every tidy; after an exception nobody disposes them. */
function watchKept(): () => void {
  const engine = tf.engine();
  const { keep } = engine;
  const kept = new Set<tf.Tensor>();
  engine.keep = <T extends tf.Tensor>(tensor: T): T => {
    if (engine.state.tensorInfo.get(tensor.dataId)?.backend instanceof TraceBackend) kept.add(tensor);
    return keep.call(engine, tensor) as T;
  };
  return () => {
    engine.keep = keep;
    for (const tensor of kept) tensor.dispose();
  };
}
