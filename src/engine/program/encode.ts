import { OPCODES } from './instructions';
import type { NodeId } from './ir';
import { readsOf, type Step, writesOf } from './steps';
import { type Instruction, instructionsOf, type Layout } from './words';

export interface Encoded {
  readonly code: Int32Array;
  readonly instructions: readonly Instruction[];
}

/** The words of a program. A barrier is written only where a step touches what another one since the last barrier did. */
export function encode(rounds: readonly (readonly Step[])[], at: Layout): Encoded {
  const instructions: Instruction[] = [];
  const written = new Regions(at);
  const read = new Regions(at);
  for (const step of rounds.flat()) {
    const own = instructionsOf(step, at).filter((_, i) => step.kind !== 'copy' || step.parts[i]!.count > 0);
    const writes = writesOf(step);
    if (own.length === 0 || writes.every((value) => at.elements(value) === 0)) continue;
    const reads = readsOf(step);
    if (written.touches([...reads, ...writes]) || read.touches(writes)) {
      instructions.push(['barrier']);
      written.clear();
      read.clear();
    }
    written.add(writes);
    read.add(reads);
    instructions.push(...own);
  }
  instructions.push(['end']);
  const words = instructions.flatMap(([opcode, ...operands]) => [
    OPCODES.indexOf(opcode),
    operands.length + 2,
    ...operands,
  ]);
  return { code: Int32Array.from(words, (word) => word | 0), instructions };
}

/** Parts of the memory touched since the last barrier. */
class Regions {
  private held: { from: number; to: number }[] = [];

  constructor(private readonly at: Layout) {}

  private region(value: NodeId): { from: number; to: number } {
    const from = this.at.address(value);
    return { from, to: from + this.at.elements(value) };
  }

  touches(values: readonly NodeId[]): boolean {
    return values.some((value) => {
      const { from, to } = this.region(value);
      return this.held.some((other) => from < other.to && other.from < to);
    });
  }

  add(values: readonly NodeId[]): void {
    this.held.push(...values.map((value) => this.region(value)));
  }

  clear(): void {
    this.held = [];
  }
}
