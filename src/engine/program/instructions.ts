import { BINARY, UNARY } from './ir';

/*
 * The instructions of a program: what the kernels in src/engine/kernels execute and `encode` writes. A program is an
 * array of 32-bit words; an instruction is [opcode, length in words, operands…]. Addresses count 4-byte elements from
 * the base of the engine's memory, unsigned. Buffers begin on 64-byte boundaries. float operands are stored by their bits.
 * The C header of these numbers is made from this file by the kernels' build.
 *
 * All threads run every instruction and take their share by (thread, threads). Results do not depend on the number of
 * threads: work is divided over results, never over the terms of one sum, or else into a number of parts that depends on
 * the shape alone, combined in order. A barrier is an instruction of its own, written where one instruction needs what
 * another one wrote or overwrites what it read.
 */
export const OPCODES = [
  'end', // []
  'barrier', // []
  'map', // [body, outputs…]
  'reduce', // [kind, outer, reduced, inner, out, type, body, register]; the body runs over [outer, reduced, inner]
  'gemm', // [batch, m, n, k, transposeA, transposeB, a, b, c, strideA, strideB, strideC, bias|NONE, activation, accumulate]
  'copy', // [rank, dims…, from, fromStrides…, to, toStrides…]: 32-bit elements; strides signed, in elements
  'fill', // [to, count, bits]
  'gather', // [outer, rows, inner, count, x, indices, out]; an index outside gives NaN and sets the error flag
  'segmentSum', // [n, inner, segments, x, ids, out]
  'oneHot', // [n, depth, onBits, offBits, indices, out]
  'argReduce', // [0 max | 1 min, outer, reduced, inner, x, out (int32)]: the first of equals
  'cumsum', // [outer, n, inner, exclusive, reverse, x, out]
  'softmax', // [rows, columns, x, out]
  'window', // [index into WINDOWED, the 15 numbers of Window in order, a, b, c, out]; inputs that an operation lacks are NONE
  'random', // [0 uniform | 1 normal | 2 normals of words, count, key (int32 [2]; for 2 the words, count rounded up to even), out]
  // Sparse algebra; operands in src/engine/kernels/sparse.c
  'spmm',
  'sddmm',
  'edgeScores',
  'rowReduce',
  'rowArgMax',
  'rowMaxGrad',
  'rowSpread',
  'rowSoftmax',
  'rowSoftmaxGrad',
] as const;

/** No address: an absent operand. */
export const NONE = 0xffffffff;

export const REDUCE_KINDS = ['sum', 'max', 'min', 'prod', 'any', 'all'] as const;
export const ACTIVATIONS = ['none', 'relu'] as const;

/*
 * The body of `map` and `reduce` computes element after element of an index space, in blocks of BLOCK elements:
 *
 *   body = [count, rank, dims…, nInputs, inputs…, nOperations, operations…]
 *   input = [address, type, mode, strides…]    type 0 float32, 1 int32 (converted when loaded; bool is stored as int32)
 *                                              mode 0 contiguous (strides absent), 1 one scalar for all (absent),
 *                                              2 strided: `rank` signed strides in elements
 *   operation = [code, destination, a, b, c]   5 words always; unused ones are 0
 *
 * Input i is loaded into register i. `code` is an index into MICRO; a, b, c are registers, but of `constant` a is the bits
 * of the number; the destination is none of them. A register is a block of floats. A map's outputs follow its body:
 * nOutputs, then for each [register, address, type], written contiguously. An output may overwrite an input that is read
 * in mode 0.
 */
export const MICRO = ['constant', 'copy', 'select', 'truncate', 'toBool', ...UNARY, ...BINARY] as const;
export type Micro = (typeof MICRO)[number];
export const BLOCK = 512;
export const MAX_REGISTERS = 32;
export const MAX_INPUTS = 16;
/** Digits of an index space, and operations of a body, that the kernels have room for. */
export const MAX_RANK = 8;
export const MAX_OPERATIONS = 128;
