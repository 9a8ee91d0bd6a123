import type { NormalsOf } from '../math/cryptographic-noise';
import type { Machine } from './machine';
import { OPCODES } from './program/instructions';

/** Elements turned at once, so that little of the engine's memory is taken. */
const PIECE = 2 ** 18;
const OF_WORDS = 2;

/** Box–Muller by the kernels of an engine, in float32: many times as fast as in JavaScript. */
export function kernelNormals({ executor, memory }: Pick<Machine, 'executor' | 'memory'>): NormalsOf {
  return (words, count) => {
    const result = new Float32Array(count);
    const length = Math.min(PIECE, words.length);
    const from = memory.allocate(length);
    const to = memory.allocate(length);
    const program = (elements: number) => {
      const draw = [OPCODES.indexOf('random'), 6, OF_WORDS, elements, from, to];
      return executor.load(Int32Array.from([...draw, OPCODES.indexOf('end'), 2], (word) => word | 0));
    };
    try {
      for (let done = 0; done < count; done += length) {
        const elements = Math.min(length, count - done);
        executor.ints(from, length).set(words.subarray(done, done + length));
        const handle = program(elements);
        try {
          executor.run(handle);
        } finally {
          executor.unload(handle);
        }
        result.set(executor.floats(to, elements), done);
      }
      // The words would give the noise away.
      executor.ints(from, length).fill(0);
      executor.floats(to, length).fill(0);
    } finally {
      memory.free(from);
      memory.free(to);
    }
    return result;
  };
}
