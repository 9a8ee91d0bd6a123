import assert from 'node:assert/strict';
import type { Executor } from '../../src/engine/executor';
import { loadNative } from '../../src/engine/executors/native';
import { loadWasm } from '../../src/engine/executors/wasm';
import { Memory } from '../../src/engine/memory';
import { OPCODES } from '../../src/engine/program/instructions';

/** An instruction with its length. */
export function instruction(name: (typeof OPCODES)[number], ...operands: number[]): number[] {
  return [OPCODES.indexOf(name), operands.length + 2, ...operands];
}

/** The bits of a float, as operands hold it. */
export function bitsOf(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0]!;
}

/** An executor with values put into its memory by hand. */
export class Bench {
  readonly memory: Memory;
  private readonly taken: number[] = [];

  constructor(readonly executor: Executor) {
    this.memory = new Memory(executor);
  }

  get name(): string {
    return `${this.executor.name}, ${this.executor.threads} threads`;
  }

  room(count: number): number {
    const address = this.memory.allocate(count);
    this.taken.push(address);
    return address;
  }

  floats(values: ArrayLike<number>): number {
    const address = this.room(values.length);
    this.executor.floats(address, values.length).set(values);
    return address;
  }

  ints(values: ArrayLike<number>): number {
    const address = this.room(values.length);
    this.executor.ints(address, values.length).set(values);
    return address;
  }

  /** Runs the instructions once, with a barrier behind each. */
  run(...instructions: number[][]): void {
    const words = instructions.flatMap((words) => [...words, ...instruction('barrier')]);
    const handle = this.executor.load(Int32Array.from([...words, ...instruction('end')], (word) => word | 0));
    try {
      this.executor.run(handle);
    } finally {
      this.executor.unload(handle);
    }
  }

  read(address: number, count: number): Float32Array {
    return this.executor.floats(address, count).slice();
  }

  readInts(address: number, count: number): Int32Array {
    return this.executor.ints(address, count).slice();
  }

  release(): void {
    for (const address of this.taken.splice(0)) this.memory.free(address);
  }
}

let benches: Bench[] | undefined;

/** Native code with the widest vectors and as for processors without AVX-512; both must give the same bits. */
const MAKERS = [loadNative, (threads: number) => loadNative(threads, 256), loadWasm];

/** Every executor that this machine has, with one, two and three threads. */
export function everyBench(): readonly Bench[] {
  benches ??= MAKERS.flatMap((make) =>
    [1, 2, 3].flatMap((threads) => {
      const made = make(threads);
      if ('executor' in made) return [new Bench(made.executor)];
      assert.notEqual(make, loadWasm, made.reason);
      assert.notEqual(`${process.platform}-${process.arch}`, 'linux-x64', made.reason);
      return [];
    }),
  );
  return benches;
}

/**
 * Does the same on every executor; asserts that results are the same bit by bit whatever the number of threads, and
 * returns those of each kind of executor.
 */
export function everywhere<T extends Float32Array | Int32Array>(work: (bench: Bench) => T): T[] {
  const results = new Map<string, { result: T; bits: Buffer }>();
  for (const bench of everyBench()) {
    const result = work(bench);
    bench.release();
    const bits = Buffer.from(result.buffer, result.byteOffset, result.byteLength);
    const first = results.get(bench.executor.name);
    if (first === undefined) results.set(bench.executor.name, { result, bits });
    else if (Buffer.compare(bits, first.bits) !== 0) {
      const at = result.findIndex((value, i) => !Object.is(value, first.result[i]));
      assert.fail(`${bench.name}: element ${at} is ${result[at]}, with one thread ${first.result[at]}`);
    }
  }
  return [...results.values()].map(({ result }) => result);
}

/** Asserts |found − expected| ≤ relative · |expected| + absolute, element by element; NaN and ±∞ must agree. */
export function assertNear(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  relative = 1e-6,
  absolute = relative,
): void {
  assert.equal(found.length, expected.length);
  for (let i = 0; i < found.length; i++) {
    const a = found[i]!;
    const b = expected[i]!;
    if (Object.is(a, Math.fround(b)) || a === b) continue;
    const near = Math.abs(a - b) <= relative * Math.abs(b) + absolute;
    assert.ok(near, `element ${i} is ${a}, expected ${b}`);
  }
}

/** `count` numbers in [−1, 1] from a small generator, the same for the same seed. */
export function numbers(count: number, seed = 1): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}
