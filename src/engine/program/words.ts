import { instructionOf } from './custom';
import { isScalar, refine } from './index-map';
import { ACTIVATIONS, MICRO, NONE, type OPCODES, REDUCE_KINDS } from './instructions';
import { type DType, type NodeId, RANDOM, sizeOf, WINDOWED, type Window } from './ir';
import type { Body, Load, Step } from './steps';

/** Where values lie in the engine's memory. */
export interface Layout {
  address(value: NodeId): number;
  dtype(value: NodeId): DType;
  elements(value: NodeId): number;
}

export type Instruction = readonly [(typeof OPCODES)[number], ...number[]];

const scratch = new DataView(new ArrayBuffer(4));

/** The 32 bits of a float. */
export function bitsOf(number: number): number {
  scratch.setFloat32(0, number);
  return scratch.getInt32(0);
}

/** The bits of a number as a buffer of `dtype` holds it. */
function bitsAs(number: number, dtype: DType): number {
  return dtype === 'float32' ? bitsOf(number) : number | 0;
}

function typeOf(dtype: DType): number {
  return dtype === 'float32' ? 0 : 1;
}

/** A step as instructions that do not depend on each other: an opcode and its operands each. */
export function instructionsOf(step: Step, at: Layout): Instruction[] {
  switch (step.kind) {
    case 'map': {
      const outputs = step.outputs.flatMap(({ register, value }) => [
        register,
        at.address(value),
        typeOf(at.dtype(value)),
      ]);
      return [['map', ...bodyWords(step.body, [step.body.count], at), step.outputs.length, ...outputs]];
    }
    case 'reduce': {
      const { name, outer, reduced, inner, output, body, register } = step;
      const kind = REDUCE_KINDS.indexOf(name);
      const target = [at.address(output), typeOf(at.dtype(output))];
      const words = bodyWords(body, [outer, reduced, inner], at);
      return [['reduce', kind, outer, reduced, inner, ...target, ...words, register]];
    }
    case 'gemm': {
      const { batch, m, n, k, transposeA, transposeB, a, b, strideA, strideB, bias, activation, output } = step;
      const flags = [Number(transposeA), Number(transposeB)];
      const matrices = [at.address(a), at.address(b), at.address(output), strideA, strideB, m * n];
      const after = [bias === undefined ? NONE : at.address(bias), ACTIVATIONS.indexOf(activation), 0];
      return [['gemm', batch, m, n, k, ...flags, ...matrices, ...after]];
    }
    case 'copy':
      return step.parts.map(({ count, from, to }): Instruction => {
        const { lengths, strides } = refine(count, [from.map, to])!;
        const source = [at.address(from.value) + from.map.offset, ...strides[0]!];
        return ['copy', lengths.length, ...lengths, ...source, at.address(step.output) + to.offset, ...strides[1]!];
      });
    case 'fill': {
      const bits = bitsAs(step.value, at.dtype(step.output));
      return [['fill', at.address(step.output), at.elements(step.output), bits]];
    }
    case 'kernel':
      return [kernelInstruction(step, at)];
  }
}

function bodyWords({ count, loads, operations }: Body, whole: readonly number[], at: Layout): number[] {
  const strided = loads.filter((load) => modeOf(load) === 2);
  const refined = refine(count, [
    ...strided.map((load) => load.map),
    ...(strided.length > 0 ? [] : [{ lengths: whole, strides: whole.map(() => 0), offset: 0 }]),
  ])!;
  const dims = refined.lengths.length > 0 ? refined.lengths : [1];
  const inputs = loads.flatMap((load) => {
    const head = [at.address(load.value) + load.map.offset, typeOf(at.dtype(load.value)), modeOf(load)];
    return modeOf(load) === 2 ? [...head, ...refined.strides[strided.indexOf(load)]!] : head;
  });
  const code = operations.flatMap(({ code, to, operands }) => [
    MICRO.indexOf(code),
    to,
    ...[0, 1, 2].map((i) => (code === 'constant' && i === 0 ? bitsOf(operands[0]!) : (operands[i] ?? 0))),
  ]);
  return [count, dims.length, ...dims, loads.length, ...inputs, operations.length, ...code];
}

/** 0 one after the other, 1 one for all, 2 strided. */
function modeOf({ map }: Load): 0 | 1 | 2 {
  if (isScalar(map)) return 1;
  return map.strides.length === 1 && map.strides[0] === 1 ? 0 : 2;
}

function kernelInstruction({ node, operands, output }: Extract<Step, { kind: 'kernel' }>, at: Layout): Instruction {
  const { op } = node;
  const out = at.address(output);
  const addresses = operands.map((operand) => at.address(operand.value));
  const [x, ids] = operands;
  const { shape } = node;
  switch (op.kind) {
    case 'gather':
      return ['gather', ...split(x!.shape, op.axis), sizeOf(ids!.shape), ...addresses, out];
    case 'segmentSum':
      return ['segmentSum', sizeOf(ids!.shape), sizeOf(shape.slice(1)), shape[0]!, ...addresses, out];
    case 'oneHot': {
      const bits = [op.on, op.off].map((value) => bitsAs(value, node.dtype));
      return ['oneHot', sizeOf(x!.shape), shape.at(-1)!, ...bits, ...addresses, out];
    }
    case 'argReduce':
      return ['argReduce', op.name === 'max' ? 0 : 1, ...split(x!.shape, op.axis), ...addresses, out];
    case 'cumsum': {
      const flags = [Number(op.exclusive), Number(op.reverse)];
      return ['cumsum', ...split(shape, op.axis), ...flags, ...addresses, out];
    }
    case 'softmax':
      return ['softmax', sizeOf(shape.slice(0, -1)), shape.at(-1) ?? 1, ...addresses, out];
    case 'windowed': {
      const three = [0, 1, 2].map((i) => addresses[i] ?? NONE);
      return ['window', WINDOWED.indexOf(op.name), ...windowWords(op.window), ...three, out];
    }
    case 'random':
      return ['random', RANDOM.indexOf(op.name), sizeOf(shape), ...addresses, out];
    case 'custom': {
      const { opcode, operands: words } = instructionOf(op.name);
      const buffers = operands.map((operand, i) => ({ address: addresses[i]!, shape: operand.shape }));
      return [opcode, ...words(node, buffers, out)];
    }
    default:
      throw new Error(`${op.kind} has no instruction of its own`);
  }
}

/** Elements before, along and after an axis. */
function split(shape: readonly number[], axis: number): [number, number, number] {
  return [sizeOf(shape.slice(0, axis)), shape[axis]!, sizeOf(shape.slice(axis + 1))];
}

function windowWords(window: Window): number[] {
  return [
    window.batch,
    window.inHeight,
    window.inWidth,
    window.inChannels,
    window.outHeight,
    window.outWidth,
    window.outChannels,
    window.kernelHeight,
    window.kernelWidth,
    window.strideHeight,
    window.strideWidth,
    window.dilationHeight,
    window.dilationWidth,
    window.padTop,
    window.padLeft,
  ];
}
