import type { OPCODES } from './instructions';
import type { Node } from './ir';

/** A whole buffer, row-major, that a custom operation reads. */
export interface Buffer {
  readonly address: number;
  readonly shape: readonly number[];
}

/** How an operation beyond tfjs' becomes an instruction. */
export interface CustomInstruction {
  readonly opcode: (typeof OPCODES)[number];
  operands(node: Node, inputs: readonly Buffer[], output: number): number[];
}

const instructions = new Map<string, CustomInstruction>();

/** Registers the instruction of custom operations named `name`; the first one stays. */
export function registerInstruction(name: string, instruction: CustomInstruction): void {
  if (!instructions.has(name)) instructions.set(name, instruction);
}

/** Throws where nothing is registered under the name. */
export function instructionOf(name: string): CustomInstruction {
  const found = instructions.get(name);
  if (found === undefined) throw new Error(`no instruction is registered for the custom operation "${name}"`);
  return found;
}
