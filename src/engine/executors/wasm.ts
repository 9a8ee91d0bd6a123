import fs from 'node:fs';
import { Worker } from 'node:worker_threads';
import { KdlabError, messageOf } from '../../core/errors';
import type { Executor } from '../executor';
import { prebuilt } from './prebuilt';
import { assertRan, CODE_WORDS, Programs } from './programs';
import { defaultThreads } from './threads';

/** kernels/wasm.c. Sizes and places in bytes. */
interface Exports {
  layout(threads: number): number;
  open(threads: number): void;
  ready(): number;
  run(code: number, alone: number): number;
}

const PAGE = 65536;
const MOST_PAGES = 65535;
/** Vectors may read beyond the last element of the memory in use. */
const MARGIN = 64;
const START_MS = 10_000;

/** All that a worker does. Its stack is its own; everything else of the module it shares. */
const WORKER = `
const { module, memory, thread } = require('node:worker_threads').workerData;
const { exports } = new WebAssembly.Instance(module, { env: { memory } });
exports.__stack_pointer.value = exports.stack(thread);
exports.work(thread);
`;

class WasmExecutor implements Executor {
  readonly name = 'wasm';
  private readonly base: number;
  private readonly programs: Programs;

  constructor(
    private readonly memory: WebAssembly.Memory,
    private readonly exports: Exports,
    readonly threads: number,
  ) {
    const code = exports.layout(threads);
    this.base = code + CODE_WORDS * 4;
    this.reserve(0);
    this.programs = new Programs(new Int32Array(memory.buffer, code, CODE_WORDS));
    exports.open(threads);
  }

  reserve(elements: number): void {
    const missing = Math.ceil((this.base + elements * 4 + MARGIN - this.memory.buffer.byteLength) / PAGE);
    if (missing <= 0) return;
    try {
      this.memory.grow(missing);
    } catch {
      throw new KdlabError(`the engine's memory is full: ${elements * 4} bytes wanted of at most ${MOST_PAGES * PAGE}`);
    }
  }

  floats(address: number, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, this.base + address * 4, count);
  }

  ints(address: number, count: number): Int32Array {
    return new Int32Array(this.memory.buffer, this.base + address * 4, count);
  }

  load(code: Int32Array): number {
    return this.programs.load(code);
  }

  unload(handle: number): void {
    this.programs.unload(handle);
  }

  run(handle: number, alone = false): void {
    assertRan(this.exports.run(handle, Number(alone)));
  }
}

/**
 * A new executor of WebAssembly, with fused multiplication where Node runs relaxed SIMD, or why there is none. Its workers
 * end with the process and do not keep it running.
 */
export function loadWasm(threads = defaultThreads()): { executor: Executor } | { reason: string } {
  try {
    return { executor: start(threads) };
  } catch (error) {
    return { reason: `WebAssembly kernels do not start: ${messageOf(error).split('\n')[0]}` };
  }
}

function start(threads: number): Executor {
  const relaxed = fs.readFileSync(prebuilt('kernels-relaxed.wasm'));
  const code = WebAssembly.validate(relaxed) ? relaxed : fs.readFileSync(prebuilt('kernels.wasm'));
  const module = new WebAssembly.Module(code);
  const memory = new WebAssembly.Memory({ initial: 64, maximum: MOST_PAGES, shared: true });
  const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exports;
  const executor = new WasmExecutor(memory, exports, threads);
  for (let thread = 1; thread < threads; thread++)
    new Worker(WORKER, { eval: true, execArgv: [], workerData: { module, memory, thread } }).unref();
  const ready = new Int32Array(memory.buffer, exports.ready(), 1);
  const until = Date.now() + START_MS;
  for (let begun = 0; begun < threads - 1; begun = Atomics.load(ready, 0)) {
    Atomics.wait(ready, 0, begun, 100);
    if (Date.now() > until) throw new Error(`${threads - 1 - begun} of its workers did not begin`);
  }
  return executor;
}
