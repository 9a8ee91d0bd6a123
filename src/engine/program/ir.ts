/**
 * The intermediate form of a traced step: a list of typed operations with static shapes, in an order that respects
 * their dependencies. Every node has one result. Shapes are row-major; a scalar has shape [].
 *
 * float32 is the arithmetic type. int32 and bool take part in arithmetic as the numbers they are (exact below 2²⁴) and
 * keep their type for indexing and selection.
 */
export type DType = 'float32' | 'int32' | 'bool';

export type NodeId = number;

export interface Node {
  readonly id: NodeId;
  readonly op: Op;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

export const UNARY = [
  'neg', 'abs', 'exp', 'expm1', 'log', 'log1p', 'sqrt', 'rsqrt', 'square', 'reciprocal', 'relu', 'relu6', 'elu', 'selu',
  'sigmoid', 'tanh', 'softplus', 'erf', 'sin', 'cos', 'sign', 'floor', 'ceil', 'round', 'isNaN', 'not',
] as const; // biome-ignore format: a table
/** Comparisons and logic give 0 or 1 (bool). `prelu` is x < 0 ? a·x : x; `step` is x > 0 ? 1 : a. */
export const BINARY = [
  'add', 'sub', 'mul', 'div', 'floorDiv', 'mod', 'pow', 'min', 'max', 'squaredDifference', 'equal', 'notEqual', 'less',
  'lessEqual', 'greater', 'greaterEqual', 'and', 'or', 'atan2', 'prelu', 'step', 'eluGrad',
] as const; // biome-ignore format: a table
export type UnaryName = (typeof UNARY)[number];
export type BinaryName = (typeof BINARY)[number];
export type ReduceKind = 'sum' | 'max' | 'min' | 'prod' | 'any' | 'all';

/** A two-dimensional window over images [n, height, width, channels]; padding is what precedes the first row, column. */
export interface Window {
  readonly batch: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly inChannels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outChannels: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly padTop: number;
  readonly padLeft: number;
}

/** In the order of the instruction's numbers. */
export const RANDOM = ['uniform', 'normal', 'normalOfWords'] as const;

export const WINDOWED = [
  'conv2d', // x, filter [kh,kw,c,oc] → y
  'conv2dInput', // dy, filter → dx
  'conv2dFilter', // x, dy → dfilter
  'depthwise', // x, filter [kh,kw,c,multiplier] → y; outChannels = c · multiplier
  'depthwiseInput',
  'depthwiseFilter',
  'maxPool', // x → y
  'maxPoolGrad', // x, y, dy → dx: to the first maximum of each window
  'avgPool', // the mean over the cells inside the image
  'avgPoolGrad', // dy → dx
] as const;

/**
 * What a node computes. `inputs` of every operation are ids of earlier nodes. Element-wise operations broadcast as NumPy.
 */
export type Op =
  | { readonly kind: 'input'; readonly name: string }
  /** The value of a variable when the step begins; `index` into Graph.variables. */
  | { readonly kind: 'variable'; readonly index: number }
  /** int32 and bool values are held in Int32Array. */
  | { readonly kind: 'constant'; readonly values: Float32Array | Int32Array }
  /** Every element the same number. */
  | { readonly kind: 'fill'; readonly value: number }
  | { readonly kind: 'unary'; readonly name: UnaryName; readonly inputs: readonly [NodeId] }
  | { readonly kind: 'binary'; readonly name: BinaryName; readonly inputs: readonly [NodeId, NodeId] }
  /** condition ? a : b, element by element. */
  | { readonly kind: 'select'; readonly inputs: readonly [NodeId, NodeId, NodeId] }
  /** To the node's dtype; float to int truncates towards zero, to bool is ≠ 0. */
  | { readonly kind: 'cast'; readonly inputs: readonly [NodeId] }
  /** [batch…, m, k] × [batch…, k, n] after the transpositions; batch axes of equal rank broadcast. */
  | {
      readonly kind: 'matmul';
      readonly transposeA: boolean;
      readonly transposeB: boolean;
      readonly inputs: readonly [NodeId, NodeId];
    }
  /** The axes vanish from the shape. */
  | {
      readonly kind: 'reduce';
      readonly name: ReduceKind;
      readonly axes: readonly number[];
      readonly inputs: readonly [NodeId];
    }
  | {
      readonly kind: 'argReduce';
      readonly name: 'max' | 'min';
      readonly axis: number;
      readonly inputs: readonly [NodeId];
    }
  /** The same elements in the same order; costs nothing. */
  | { readonly kind: 'reshape'; readonly inputs: readonly [NodeId] }
  | { readonly kind: 'transpose'; readonly permutation: readonly number[]; readonly inputs: readonly [NodeId] }
  /** Axes of length 1 repeated up to the node's shape; the rank stays. */
  | { readonly kind: 'broadcast'; readonly inputs: readonly [NodeId] }
  /** Element i of an axis is begin + i · stride of the input; strides may be negative. */
  | {
      readonly kind: 'slice';
      readonly begin: readonly number[];
      readonly strides: readonly number[];
      readonly inputs: readonly [NodeId];
    }
  | {
      readonly kind: 'pad';
      readonly before: readonly number[];
      readonly value: number;
      readonly inputs: readonly [NodeId];
    }
  | { readonly kind: 'concat'; readonly axis: number; readonly inputs: readonly NodeId[] }
  /** x [outer…, rows, inner…], indices int32 [k…] → [outer…, k…, inner…]. */
  | { readonly kind: 'gather'; readonly axis: number; readonly inputs: readonly [NodeId, NodeId] }
  /** x [n, inner…], ids int32 [n] → [segments, inner…]; ids outside are left out. */
  | { readonly kind: 'segmentSum'; readonly inputs: readonly [NodeId, NodeId] }
  /** int32 […] → […, depth]. */
  | { readonly kind: 'oneHot'; readonly on: number; readonly off: number; readonly inputs: readonly [NodeId] }
  | {
      readonly kind: 'cumsum';
      readonly axis: number;
      readonly exclusive: boolean;
      readonly reverse: boolean;
      readonly inputs: readonly [NodeId];
    }
  /** Over the last axis. */
  | { readonly kind: 'softmax'; readonly inputs: readonly [NodeId] }
  | {
      readonly kind: 'windowed';
      readonly name: (typeof WINDOWED)[number];
      readonly window: Window;
      readonly inputs: readonly NodeId[];
    }
  /**
   * Philox4x32-10 draws under an int32 [2] key (its bits are the key): uniform on [0,1) or standard normal; or the normals
   * of as many int32 words, rounded up to even, by Box and Muller.
   */
  | { readonly kind: 'random'; readonly name: (typeof RANDOM)[number]; readonly inputs: readonly [NodeId] }
  /**
   * A kernel of the project's own beyond tfjs' (sparse products, segment softmax, …), by its name. Its meaning, shape rule
   * and instruction are registered in one place each under that name.
   */
  | {
      readonly kind: 'custom';
      readonly name: string;
      readonly attributes: Readonly<Record<string, number | readonly number[]>>;
      readonly inputs: readonly NodeId[];
    };

/** A whole step. V is what stands for a variable outside (a tf.Variable). */
export interface Graph<V = unknown> {
  /** nodes[i].id === i. */
  readonly nodes: readonly Node[];
  readonly variables: readonly V[];
  /** Results by name. */
  readonly outputs: Readonly<Record<string, NodeId>>;
  /** The variables' values when the step has ended; those not listed keep theirs. */
  readonly updates: readonly { readonly variable: number; readonly value: NodeId }[];
}

export function inputsOf(op: Op): readonly NodeId[] {
  return 'inputs' in op ? op.inputs : [];
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
