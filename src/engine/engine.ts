import os from 'node:os';
import { KdlabError, messageOf } from '../core/errors';

export const ENGINES = ['auto', 'tensorflow', 'wasm', 'cpu'] as const;
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
 * Makes an engine the one that tfjs computes with. `auto` takes libtensorflow where one of the optional peers loads,
 * else WebAssembly (SIMD, one thread). Throws KdlabError where the engine asked for cannot be had.
 */
export async function selectEngine(wanted: EngineName = 'auto'): Promise<Engine> {
  if (wanted === 'auto' || wanted === 'tensorflow') {
    const { loaded, failures } = loadTensorflow();
    if (loaded !== undefined) {
      const tf = await import('@tensorflow/tfjs');
      await tf.setBackend('tensorflow');
      return { name: 'tensorflow', reason: `${loaded} is installed`, threads: os.availableParallelism() };
    }
    if (wanted === 'tensorflow')
      throw new KdlabError(
        `engine "tensorflow" cannot be loaded:\n  ${failures.join('\n  ')}\n` +
          'Install one of its packages: npm i --no-save --ignore-scripts=false @tensorflow/tfjs-node-gpu (or tfjs-node); ' +
          'or choose --engine wasm.',
      );
  }
  const tf = await import('@tensorflow/tfjs');
  tf.enableProdMode();
  if (wanted === 'cpu') {
    await tf.setBackend('cpu');
    return { name: 'cpu', reason: 'asked for', threads: 1 };
  }
  await import('@tensorflow/tfjs-backend-wasm');
  if (!(await tf.setBackend('wasm')))
    throw new KdlabError('engine "wasm" does not start on this machine; choose --engine cpu');
  const { registerWasmKernels } = await import('./wasm-kernels');
  registerWasmKernels();
  const reason = wanted === 'wasm' ? 'asked for' : 'fastest of those installed; tfjs-node is not';
  return { name: 'wasm', reason, threads: 1 };
}

function loadTensorflow(): { loaded?: string; failures: string[] } {
  const failures: string[] = [];
  for (const name of TENSORFLOW_PACKAGES) {
    try {
      require(name);
      return { loaded: name, failures };
    } catch (error) {
      failures.push(`${name}: ${messageOf(error).split('\n')[0]}`);
    }
  }
  return { failures };
}
