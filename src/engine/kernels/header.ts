import {
  ACTIVATIONS,
  BLOCK,
  MAX_INPUTS,
  MAX_OPERATIONS,
  MAX_RANK,
  MAX_REGISTERS,
  MICRO,
  NONE,
  OPCODES,
  REDUCE_KINDS,
} from '../program/instructions';
import { WINDOWED } from '../program/ir';

/*
 * Prints the C header of the numbers that programs are written in; part of the kernels' build. Names become upper snake
 * case: `segmentSum` is OP_SEGMENT_SUM.
 */
function enumeration(prefix: string, names: readonly string[]): string {
  const entries = names.map((name, i) => `  ${prefix}_${name.replace(/[A-Z]/g, '_$&').toUpperCase()} = ${i},\n`);
  return `enum {\n${entries.join('')}};\n`;
}

const header = `/* Made from ../program/instructions.ts and ../program/ir.ts by .ci/build-kernels.sh. */
#pragma once
#define NONE 0x${NONE.toString(16)}u
#define BLOCK ${BLOCK}
#define MAX_REGISTERS ${MAX_REGISTERS}
#define MAX_INPUTS ${MAX_INPUTS}
#define MAX_RANK ${MAX_RANK}
#define MAX_OPERATIONS ${MAX_OPERATIONS}
${enumeration('OP', OPCODES)}${enumeration('MICRO', MICRO)}${enumeration('REDUCE', REDUCE_KINDS)}${enumeration(
  'ACTIVATION',
  ACTIVATIONS,
)}${enumeration('WINDOW', WINDOWED)}`;
process.stdout.write(header);
