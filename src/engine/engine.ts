import os from 'node:os';
import { KdlabError, messageOf } from '../core/errors';
import { BACKEND, openMachine } from './backend';
import { loadNative } from './executors/native';
import { loadWasm } from './executors/wasm';
import { activate, type Machine } from './machine';
import { Memory } from './memory';

/**
 * `native` and `wasm` run steps as compiled programs (the kernels of src/engine/kernels as machine code or WebAssembly);
 * `tensorflow` is libtensorflow; `tfjs` its WebAssembly backend and `cpu` its JavaScript, one operation after the other.
 */
export const ENGINES = ['auto', 'native', 'wasm', 'tensorflow', 'tfjs', 'cpu'] as const;
export type EngineName = (typeof ENGINES)[number];

export interface Engine {
  readonly name: Exclude<EngineName, 'auto'>;
  /** Why this one runs, in a few words. */
  readonly reason: string;
  readonly threads: number;
}

/** The optional peers behind the engine `tensorflow`, best first. */
export const TENSORFLOW_PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

/**
 * Makes an engine the one that tfjs computes with. `auto` takes the first that loads of: libtensorflow with a GPU, the
 * compiled kernels as machine code, the same as WebAssembly. Throws KdlabError where the engine asked for cannot be had.
 */
export async function selectEngine(wanted: EngineName = 'auto'): Promise<Engine> {
  if (wanted === 'auto') return selectBest();
  if (wanted === 'native' || wanted === 'wasm') return compiled(wanted, 'asked for');
  activate(undefined);
  if (wanted === 'tensorflow') return tensorflow('asked for');
  const tf = await import('@tensorflow/tfjs');
  tf.enableProdMode();
  if (wanted === 'cpu') {
    await tf.setBackend('cpu');
    return { name: 'cpu', reason: 'asked for', threads: 1 };
  }
  await import('@tensorflow/tfjs-backend-wasm');
  if (!(await tf.setBackend('wasm')))
    throw new KdlabError('engine "tfjs" does not start on this machine; choose --engine cpu');
  const { registerWasmKernels } = await import('./wasm-kernels');
  registerWasmKernels();
  return { name: 'tfjs', reason: 'asked for', threads: 1 };
}

async function selectBest(): Promise<Engine> {
  const gpu = loadTensorflow(TENSORFLOW_PACKAGES.slice(0, 1));
  if (gpu.loaded !== undefined) return tensorflow(`${gpu.loaded} is installed`);
  try {
    return await compiled('native', 'the fastest that is installed');
  } catch (error) {
    if (!(error instanceof KdlabError)) throw error;
    return compiled('wasm', `the native kernels do not load (${error.message})`);
  }
}

let opened: Machine | undefined;

/** Steps as programs, on one executor a process: variables live in its memory. */
async function compiled(name: 'native' | 'wasm', reason: string): Promise<Engine> {
  const tf = await import('@tensorflow/tfjs');
  tf.enableProdMode();
  if (opened === undefined) {
    const loaded = name === 'native' ? loadNative() : loadWasm();
    if ('reason' in loaded)
      throw new KdlabError(`engine "${name}" cannot be loaded: ${loaded.reason}; choose another with --engine`);
    opened = openMachine(loaded.executor, new Memory(loaded.executor));
  }
  if (opened.executor.name !== name)
    throw new KdlabError(`engine "${name}": this process computes on "${opened.executor.name}" already`);
  await tf.setBackend(BACKEND);
  activate(opened);
  return { name, reason, threads: opened.executor.threads };
}

async function tensorflow(reason: string): Promise<Engine> {
  const { loaded, failures } = loadTensorflow(TENSORFLOW_PACKAGES);
  if (loaded === undefined)
    throw new KdlabError(
      `engine "tensorflow" cannot be loaded:\n  ${failures.join('\n  ')}\n` +
        'Install one of its packages: npm i --no-save --ignore-scripts=false @tensorflow/tfjs-node-gpu (or tfjs-node); ' +
        'or choose --engine auto.',
    );
  const tf = await import('@tensorflow/tfjs');
  activate(undefined);
  await tf.setBackend('tensorflow');
  return { name: 'tensorflow', reason, threads: os.availableParallelism() };
}

function loadTensorflow(packages: readonly string[]): { loaded?: string; failures: string[] } {
  const failures: string[] = [];
  for (const name of packages) {
    try {
      require(name);
      return { loaded: name, failures };
    } catch (error) {
      failures.push(`${name}: ${messageOf(error).split('\n')[0]}`);
    }
  }
  return { failures };
}
