/** What runs programs: the compiled kernels in one of their forms, with the memory they work on. */
export interface Executor {
  readonly name: 'native' | 'wasm';
  readonly threads: number;
  /** Makes the first `elements` 4-byte elements of the memory usable. Throws KdlabError where there is not so much. */
  reserve(elements: number): void;
  /** A view of `count` elements from `address` on; stays valid for the life of the process. */
  floats(address: number, count: number): Float32Array;
  ints(address: number, count: number): Int32Array;
  /** Keeps a program (see program/instructions.ts) ready to run; returns its handle. */
  load(code: Int32Array): number;
  unload(handle: number): void;
  /**
   * Runs a program to its end, by all threads or, where it is soon done, by the caller alone; the results are the same.
   * Throws where an instruction set the error flag, naming it.
   */
  run(handle: number, alone?: boolean): void;
}
