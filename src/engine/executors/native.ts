import os from 'node:os';
import { KdlabError, messageOf } from '../../core/errors';
import type { Executor } from '../executor';
import { prebuilt } from './prebuilt';
import { assertRan, CODE_WORDS, Programs } from './programs';
import { defaultThreads } from './threads';

declare const machine: unique symbol;
/** Known to the addon alone. */
type Machine = { readonly [machine]: never };

/** kernels/addon.c. Sizes and places in bytes. */
interface Addon {
  vectorBits(): number;
  open(threads: number, bytes: number, vectorBits: number): Machine;
  bytes(machine: Machine): number;
  buffer(machine: Machine, from: number, bytes: number): ArrayBuffer;
  run(machine: Machine, code: number, alone: boolean): number;
}

/** Address space asked for; all that 32-bit addresses of 4-byte elements reach. */
const MOST_BYTES = 2 ** 34;
/** V8 counts a buffer over the engine's memory as memory of its own, so buffers are made where views are wanted. */
const WINDOW_BYTES = 2 ** 26;

class NativeExecutor implements Executor {
  readonly name = 'native';
  private readonly windows = new Map<number, ArrayBuffer>();
  /** Buffers for views that reach over the border of two windows, by place and length. */
  private readonly bridges = new Map<string, ArrayBuffer>();
  private readonly bytes: number;
  private readonly programs: Programs;

  constructor(
    private readonly addon: Addon,
    private readonly machine: Machine,
    readonly threads: number,
  ) {
    this.bytes = addon.bytes(machine);
    this.programs = new Programs(new Int32Array(addon.buffer(machine, 0, CODE_WORDS * 4)));
  }

  reserve(elements: number): void {
    if (elements * 4 > this.bytes)
      throw new KdlabError(`the engine's memory is full: ${elements * 4} bytes wanted, ${this.bytes} can be had`);
  }

  floats(address: number, count: number): Float32Array {
    const { buffer, offset } = this.place(address, count);
    return new Float32Array(buffer, offset, count);
  }

  ints(address: number, count: number): Int32Array {
    const { buffer, offset } = this.place(address, count);
    return new Int32Array(buffer, offset, count);
  }

  private place(address: number, count: number): { buffer: ArrayBuffer; offset: number } {
    const from = address * 4;
    this.reserve(address + count);
    const window = Math.floor(from / WINDOW_BYTES);
    const start = window * WINDOW_BYTES;
    if (from + count * 4 <= start + WINDOW_BYTES) {
      let buffer = this.windows.get(window);
      if (buffer === undefined) {
        buffer = this.addon.buffer(this.machine, CODE_WORDS * 4 + start, Math.min(WINDOW_BYTES, this.bytes - start));
        this.windows.set(window, buffer);
      }
      return { buffer, offset: from - start };
    }
    const key = `${address}:${count}`;
    let buffer = this.bridges.get(key);
    if (buffer === undefined) {
      buffer = this.addon.buffer(this.machine, CODE_WORDS * 4 + from, count * 4);
      this.bridges.set(key, buffer);
    }
    return { buffer, offset: 0 };
  }

  load(code: Int32Array): number {
    return this.programs.load(code);
  }

  unload(handle: number): void {
    this.programs.unload(handle);
  }

  run(handle: number, alone = false): void {
    assertRan(this.addon.run(this.machine, handle, alone));
  }
}

/**
 * A new executor of native code, or why there is none. Its memory and threads live as long as the process; the threads
 * do not keep it running. `vectorBits` are the widest vectors it may use, of those that the processor has.
 */
export function loadNative(
  threads = defaultThreads(),
  vectorBits: 256 | 512 = 512,
): { executor: Executor } | { reason: string } {
  const platform = `${os.platform()}-${os.arch()}`;
  if (platform !== 'linux-x64') return { reason: `no native kernels for ${platform}` };
  try {
    const addon = require(prebuilt('kernels-linux-x64.node')) as Addon;
    const bits = Math.min(vectorBits, addon.vectorBits());
    if (bits === 0) return { reason: 'native kernels need a processor with AVX2 and FMA' };
    return { executor: new NativeExecutor(addon, addon.open(threads, MOST_BYTES, bits), threads) };
  } catch (error) {
    return { reason: `native kernels do not load: ${messageOf(error).split('\n')[0]}` };
  }
}
