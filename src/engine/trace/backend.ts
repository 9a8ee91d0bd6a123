import * as tf from '@tensorflow/tfjs';
import { dtypeOf } from './registry';
import type { Session } from './session';
import { Untraceable } from './untraceable';

export const TRACE_BACKEND = 'kdlab-trace';

let current: Session | undefined;

/** A tfjs backend that computes nothing: it tells the session of the day what it is asked to do. */
class TraceBackend extends tf.KernelBackend {
  override refCount(): number {
    return 1;
  }
  override incRef(): void {}
  decRef(): boolean {
    return true;
  }
  override disposeData(): boolean {
    return true;
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
    return session().write(values as ArrayLike<number> as Float32Array, shape, dtypeOf(dtype));
  }
  override move(dataId: object): void {
    throw reading(dataId);
  }
  override readSync(dataId: object): tf.backend_util.BackendValues {
    throw reading(dataId);
  }
  override read(dataId: object): Promise<tf.backend_util.BackendValues> {
    throw reading(dataId);
  }
}

function reading(_: object): Untraceable {
  return new Untraceable(
    'reading a value',
    'a value is read in the middle of a step (dataSync, arraySync, data), which a program cannot do; ' +
      'express what follows as tensor operations (tf.where)',
  );
}

function session(): Session {
  if (current === undefined) throw new Error('the tracing backend is used outside of a trace');
  return current;
}

const known = new Set<string>();

/** Every kernel that any backend has, so that each call is recorded or refused by name. */
function registerKernels(): void {
  for (const { kernelName } of tf.getKernelsForBackend('cpu')) registerKernel(kernelName);
}

/** Lets tfjs call a kernel of the project's own while tracing. */
export function registerKernel(kernelName: string): void {
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

/** Runs `body` with a session recording; tfjs' backend and `Variable.assign` are as before afterwards. */
export function recording(by: Session, body: () => void): void {
  if (current !== undefined) throw new Error('a trace was begun within a trace');
  if (tf.findBackend(TRACE_BACKEND) === null) tf.registerBackend(TRACE_BACKEND, () => new TraceBackend(), 0);
  registerKernels();
  const backend = tf.getBackend();
  const { assign } = tf.Variable.prototype;
  current = by;
  // Runs to its end before it returns, since the backend is made synchronously.
  void tf.setBackend(TRACE_BACKEND);
  tf.Variable.prototype.assign = function (this: tf.Variable, value: tf.Tensor): void {
    by.assign(this, value);
  } as typeof assign;
  try {
    body();
  } catch (error) {
    const missing = /registered kernel '(.+?)'/.exec(error instanceof Error ? error.message : '');
    if (missing === null) throw error;
    throw new Untraceable(missing[1]!, `the operation "${missing[1]}" has no compiled form`);
  } finally {
    tf.Variable.prototype.assign = assign;
    current = undefined;
    void tf.setBackend(backend);
  }
}
