import type { IndexMap } from './index-map';
import type { BinaryName, DType, Node, NodeId, ReduceKind, UnaryName } from './ir';

/*
 * A graph after fusion: few steps, each of which becomes one instruction or some that do not depend on each other. Steps
 * read and write values, which the plan gives addresses. A value is the node of the same number, or one added by fusion.
 */

export interface Value {
  readonly elements: number;
  readonly dtype: DType;
}

export interface Load {
  readonly value: NodeId;
  readonly map: IndexMap;
}

export type Code = 'constant' | 'copy' | 'select' | 'truncate' | 'toBool' | UnaryName | BinaryName;

export interface Operation {
  readonly code: Code;
  readonly to: number;
  /** Registers; of a constant, its one number. */
  readonly operands: readonly number[];
}

/** Straight-line code run for each of `count` elements; load i fills register i. */
export interface Body {
  readonly count: number;
  readonly loads: readonly Load[];
  readonly operations: readonly Operation[];
}

/** A whole buffer under the shape in which an operation sees it. */
export interface Operand {
  readonly value: NodeId;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

export type Step =
  | {
      readonly kind: 'map';
      readonly body: Body;
      readonly outputs: readonly { readonly register: number; readonly value: NodeId }[];
    }
  /** The body runs over outer × reduced × inner. */
  | {
      readonly kind: 'reduce';
      readonly name: ReduceKind;
      readonly outer: number;
      readonly reduced: number;
      readonly inner: number;
      readonly body: Body;
      readonly register: number;
      readonly output: NodeId;
    }
  | {
      readonly kind: 'gemm';
      readonly batch: number;
      readonly m: number;
      readonly n: number;
      readonly k: number;
      readonly transposeA: boolean;
      readonly transposeB: boolean;
      readonly a: NodeId;
      readonly b: NodeId;
      readonly strideA: number;
      readonly strideB: number;
      readonly bias: NodeId | undefined;
      readonly activation: 'none' | 'relu';
      readonly output: NodeId;
    }
  /** Rectangles copied to places of one output that do not overlap. */
  | {
      readonly kind: 'copy';
      readonly parts: readonly { readonly count: number; readonly from: Load; readonly to: IndexMap }[];
      readonly output: NodeId;
    }
  | { readonly kind: 'fill'; readonly value: number; readonly output: NodeId }
  /** Any other operation, on whole buffers. */
  | { readonly kind: 'kernel'; readonly node: Node; readonly operands: readonly Operand[]; readonly output: NodeId };

export interface Fused {
  /** Values by number; undefined where the node of that number needs no buffer. */
  readonly values: readonly (Value | undefined)[];
  readonly steps: readonly Step[];
  readonly inputs: readonly { readonly name: string; readonly value: NodeId; readonly shape: readonly number[] }[];
  readonly constants: readonly { readonly value: NodeId; readonly contents: Float32Array | Int32Array }[];
  /** The values that stand for variables, by variable; undefined where its old value is not read. */
  readonly variables: readonly (NodeId | undefined)[];
  readonly outputs: readonly { readonly name: string; readonly value: NodeId; readonly shape: readonly number[] }[];
  readonly updates: readonly { readonly variable: number; readonly value: NodeId }[];
}

/** The values that a step reads, each once. */
export function readsOf(step: Step): NodeId[] {
  switch (step.kind) {
    case 'map':
    case 'reduce':
      return [...new Set(step.body.loads.map((load) => load.value))];
    case 'gemm':
      return [...new Set([step.a, step.b, ...(step.bias === undefined ? [] : [step.bias])])];
    case 'copy':
      return [...new Set(step.parts.map((part) => part.from.value))];
    case 'fill':
      return [];
    case 'kernel':
      return [...new Set(step.operands.map((operand) => operand.value))];
  }
}

export function writesOf(step: Step): NodeId[] {
  return step.kind === 'map' ? step.outputs.map((output) => output.value) : [step.output];
}
