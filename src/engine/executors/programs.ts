import { KdlabError } from '../../core/errors';
import { FreeList } from '../free-list';
import { OPCODES } from '../program/instructions';

/** Words in front of the engine's memory that programs are kept in; CODE_WORDS in kernels/threads.h. */
export const CODE_WORDS = 2 ** 22;

/** The programs in an executor's memory, each with its place as handle. */
export class Programs {
  private readonly places = new FreeList(CODE_WORDS, 'the memory for programs');

  constructor(private readonly words: Int32Array) {}

  load(code: Int32Array): number {
    const handle = this.places.allocate(code.length);
    this.words.set(code, handle);
    return handle;
  }

  unload(handle: number): void {
    this.places.free(handle);
  }
}

/** Throws KdlabError for what a run returned: 1 + opcode of an instruction that failed, or 0. */
export function assertRan(failed: number): void {
  if (failed !== 0)
    throw new KdlabError(`instruction "${OPCODES[failed - 1]}" of a program met an index outside its range`, {
      exitCode: 1,
    });
}
