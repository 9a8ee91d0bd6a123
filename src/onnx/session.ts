import fs from 'node:fs';
import path from 'node:path';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { KdlabError, messageOf } from '../core/errors';

type Runtime = typeof import('onnxruntime-node');

/** A loaded ONNX model with one input and one output, both of float32 with the batch as first axis. */
export interface OnnxSession {
  /** What computes: `cuda` where the runtime has it and a device, else `cpu`. */
  readonly provider: 'cuda' | 'cpu';
  /** Shape of one example; undefined where the file leaves a length open. */
  readonly inputShape: readonly (number | undefined)[];
  /** `rows` examples, row-major → the output's elements. Throws RangeError where x has another length. */
  run(x: Float32Array, rows: number): Promise<Float32Array>;
  /** Milliseconds of one run of `rows` examples of zeros, result in hand: median and 95th percentile. */
  latency(options?: { rows?: number; warmup?: number; repeats?: number }): Promise<{ p50: number; p95: number }>;
  release(): Promise<void>;
}

/**
 * Loads a model with ONNX Runtime (the optional package onnxruntime-node), on a GPU where its CUDA provider is installed
 * and starts. `threads` is for one operation, default one: what a single small example is fastest with. Throws KdlabError
 * where the package is absent or the file is no model it can run.
 */
export async function loadOnnx(file: string, { threads = 1 }: { threads?: number } = {}): Promise<OnnxSession> {
  const runtime = loadRuntime();
  const { session, provider } = await openSession(runtime, file, threads);
  const [input, ...otherInputs] = session.inputMetadata;
  const [output, ...otherOutputs] = session.outputNames;
  if (!input?.isTensor || otherInputs.length > 0 || output === undefined || otherOutputs.length > 0)
    throw new KdlabError(`${file}: expected a model with one input tensor and one output`);
  const inputShape = input.shape.slice(1).map((length) => (typeof length === 'number' ? length : undefined));
  const width = inputShape.reduce<number | undefined>(
    (size, n) => (size === undefined || n === undefined ? undefined : size * n),
    1,
  );
  const run = async (x: Float32Array, rows: number): Promise<Float32Array> => {
    if (width !== undefined && x.length !== rows * width)
      throw new RangeError(`${rows} examples of [${inputShape}] are ${rows * width} numbers, found ${x.length}`);
    const dims = [rows, ...inputShape.map((length) => length ?? x.length / rows)];
    const given = new runtime.Tensor('float32', x, dims);
    const results = await session.run({ [input.name]: given });
    return (results[output] as Tensor).data as Float32Array;
  };
  return {
    provider,
    inputShape,
    run,
    latency: async ({ rows = 1, warmup = 50, repeats = 300 } = {}) => {
      if (width === undefined) throw new KdlabError(`${file}: its input has an open length besides the batch`);
      const x = new Float32Array(rows * width);
      const times: number[] = [];
      for (let i = 0; i < warmup + repeats; i++) {
        const start = performance.now();
        await run(x, rows);
        if (i >= warmup) times.push(performance.now() - start);
      }
      times.sort((a, b) => a - b);
      return { p50: times[Math.floor(repeats * 0.5)]!, p95: times[Math.floor(repeats * 0.95)]! };
    },
    release: () => session.release(),
  };
}

function loadRuntime(): Runtime {
  try {
    return require('onnxruntime-node') as Runtime;
  } catch (error) {
    throw new KdlabError(
      `ONNX Runtime cannot be loaded: ${messageOf(error).split('\n')[0]}\n` +
        'Install it: npm i --no-save --ignore-scripts onnxruntime-node@1.30.0 (its CPU library is in the package).',
    );
  }
}

/** Whether the package has its CUDA provider, which its install script may add; asked without, the runtime complains. */
function hasCuda(): boolean {
  const folder = path.join(path.dirname(require.resolve('onnxruntime-node/package.json')), 'bin');
  return fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).some((file) => /providers_cuda\./.test(file));
}

/** On CUDA where it is installed and a device can be had. */
async function openSession(
  { InferenceSession }: Runtime,
  file: string,
  threads: number,
): Promise<{ session: InferenceSession; provider: 'cuda' | 'cpu' }> {
  const open = (executionProviders: string[]) =>
    InferenceSession.create(file, {
      executionProviders,
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
    });
  if (hasCuda())
    try {
      return { session: await open(['cuda', 'cpu']), provider: 'cuda' };
    } catch {
      // No device; and what is wrong with the file, if anything is, the CPU will say.
    }
  try {
    return { session: await open(['cpu']), provider: 'cpu' };
  } catch (error) {
    throw new KdlabError(`ONNX Runtime does not load ${file}: ${messageOf(error).split('\n')[0]}`);
  }
}
