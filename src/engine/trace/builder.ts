import type * as tf from '@tensorflow/tfjs';
import {
  type BinaryName,
  type DType,
  type Graph,
  type Node,
  type NodeId,
  type Op,
  type ReduceKind,
  sizeOf,
  type UnaryName,
} from '../program/ir';

/** A value of the graph being built. */
export interface Value {
  readonly id: NodeId;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

const LOGIC: ReadonlySet<BinaryName> = new Set([
  'equal',
  'notEqual',
  'less',
  'lessEqual',
  'greater',
  'greaterEqual',
  'and',
  'or',
]);

/** Collects the nodes of a graph; each method adds one and gives its value, with the shape that follows from its inputs. */
export class Builder {
  private readonly nodes: Node[] = [];
  private readonly variables: tf.Variable[] = [];
  private readonly variableValues = new Map<tf.Variable, Value>();
  private readonly updates = new Map<number, NodeId>();

  add(op: Op, shape: readonly number[], dtype: DType): Value {
    const id = this.nodes.length;
    this.nodes.push({ id, op, shape: [...shape], dtype });
    return { id, shape: [...shape], dtype };
  }

  /** Throws Error where the name is taken. */
  input(name: string, shape: readonly number[], dtype: DType): Value {
    if (this.nodes.some(({ op }) => op.kind === 'input' && op.name === name))
      throw new Error(`a graph has two inputs named "${name}"`);
    return this.add({ kind: 'input', name }, shape, dtype);
  }

  /** The value a variable has when the step begins. */
  variable(variable: tf.Variable): Value {
    let value = this.variableValues.get(variable);
    if (value === undefined) {
      const index = this.variables.push(variable) - 1;
      value = this.add({ kind: 'variable', index }, variable.shape, variable.dtype as DType);
      this.variableValues.set(variable, value);
    }
    return value;
  }

  assign(variable: tf.Variable, value: Value): void {
    this.variable(variable);
    this.updates.set(this.variables.indexOf(variable), value.id);
  }

  /** A `fill` where all elements are equal, else a `constant`. */
  constant(values: ArrayLike<number>, shape: readonly number[], dtype: DType): Value {
    if (isUniform(values)) return this.fill(values[0]!, shape, dtype);
    const held = dtype === 'float32' ? new Float32Array(values) : new Int32Array(values);
    return this.add({ kind: 'constant', values: held }, shape, dtype);
  }

  fill(value: number, shape: readonly number[], dtype: DType = 'float32'): Value {
    return this.add({ kind: 'fill', value }, shape, dtype);
  }

  unary(name: UnaryName, x: Value, dtype: DType = x.dtype): Value {
    return this.add({ kind: 'unary', name, inputs: [x.id] }, x.shape, dtype);
  }

  /** Broadcasts. Of float32 where either is, bool for comparisons, else int32. */
  binary(name: BinaryName, a: Value, b: Value): Value {
    const dtype = LOGIC.has(name) ? 'bool' : widest(a.dtype, b.dtype);
    return this.add({ kind: 'binary', name, inputs: [a.id, b.id] }, broadcastShape(a.shape, b.shape), dtype);
  }

  select(condition: Value, a: Value, b: Value): Value {
    const shape = broadcastShape(condition.shape, broadcastShape(a.shape, b.shape));
    return this.add({ kind: 'select', inputs: [condition.id, a.id, b.id] }, shape, widest(a.dtype, b.dtype));
  }

  cast(x: Value, dtype: DType): Value {
    return x.dtype === dtype ? x : this.add({ kind: 'cast', inputs: [x.id] }, x.shape, dtype);
  }

  reshape(x: Value, shape: readonly number[]): Value {
    return shape.length === x.shape.length && shape.every((length, i) => length === x.shape[i])
      ? x
      : this.add({ kind: 'reshape', inputs: [x.id] }, shape, x.dtype);
  }

  transpose(x: Value, permutation: readonly number[]): Value {
    const shape = permutation.map((axis) => x.shape[axis]!);
    return this.add({ kind: 'transpose', permutation: [...permutation], inputs: [x.id] }, shape, x.dtype);
  }

  /** Axes of length 1 repeated; the rank must agree. */
  broadcast(x: Value, shape: readonly number[]): Value {
    return shape.every((length, i) => length === x.shape[i])
      ? x
      : this.add({ kind: 'broadcast', inputs: [x.id] }, shape, x.dtype);
  }

  slice(x: Value, begin: readonly number[], shape: readonly number[], strides = begin.map(() => 1)): Value {
    return this.add({ kind: 'slice', begin: [...begin], strides: [...strides], inputs: [x.id] }, shape, x.dtype);
  }

  pad(x: Value, paddings: readonly (readonly [number, number])[], value = 0): Value {
    const shape = x.shape.map((length, i) => length + paddings[i]![0] + paddings[i]![1]);
    return this.add({ kind: 'pad', before: paddings.map(([before]) => before), value, inputs: [x.id] }, shape, x.dtype);
  }

  /** Leaves out empty parts; one part is itself. */
  concat(parts: readonly Value[], axis: number): Value {
    for (const part of parts)
      if (
        part.shape.length !== parts[0]!.shape.length ||
        part.shape.some((length, i) => i !== axis && length !== parts[0]!.shape[i])
      )
        throw new RangeError(`shapes [${parts[0]!.shape}] and [${part.shape}] do not join along axis ${axis}`);
    const shape = parts[0]!.shape.map((length, i) =>
      i === axis ? parts.reduce((sum, part) => sum + part.shape[axis]!, 0) : length,
    );
    const kept = parts.filter((part) => sizeOf(part.shape) > 0);
    if (kept.length === 0) return this.constant([], shape, parts[0]!.dtype);
    if (kept.length === 1) return this.reshape(kept[0]!, shape);
    return this.add({ kind: 'concat', axis, inputs: kept.map(({ id }) => id) }, shape, kept[0]!.dtype);
  }

  /** The axes vanish; none leaves x as it is. */
  reduce(name: ReduceKind, x: Value, axes: readonly number[], dtype: DType = x.dtype): Value {
    if (axes.length === 0) return this.cast(x, dtype);
    const shape = x.shape.filter((_, i) => !axes.includes(i));
    const op: Op = { kind: 'reduce', name, axes: [...axes].sort((a, b) => a - b), inputs: [x.id] };
    return this.add(op, shape, dtype);
  }

  /** Throws RangeError where the shapes do not fit. [batch…, m, k] × [batch…, k, n]; the batch axes broadcast after the shorter list is filled up with ones. */
  matmul(a: Value, b: Value, transposeA = false, transposeB = false): Value {
    const rank = Math.max(a.shape.length, b.shape.length);
    const fill = (x: Value) => this.reshape(x, [...new Array<number>(rank - x.shape.length).fill(1), ...x.shape]);
    const [left, right] = [fill(a), fill(b)];
    const batch = broadcastShape(left.shape.slice(0, -2), right.shape.slice(0, -2));
    const m = left.shape.at(transposeA ? -1 : -2)!;
    const n = right.shape.at(transposeB ? -2 : -1)!;
    if (
      a.shape.length < 2 ||
      b.shape.length < 2 ||
      left.shape.at(transposeA ? -2 : -1) !== right.shape.at(transposeB ? -1 : -2)
    )
      throw new RangeError(
        `shapes [${a.shape}]${transposeA ? 'ᵀ' : ''} and [${b.shape}]${transposeB ? 'ᵀ' : ''} do not multiply`,
      );
    const op: Op = { kind: 'matmul', transposeA, transposeB, inputs: [left.id, right.id] };
    return this.cast(this.add(op, [...batch, m, n], 'float32'), widest(a.dtype, b.dtype));
  }

  graph(outputs: Readonly<Record<string, Value>>): Graph<tf.Variable> {
    return {
      nodes: this.nodes,
      variables: this.variables,
      outputs: Object.fromEntries(Object.entries(outputs).map(([name, { id }]) => [name, id])),
      updates: [...this.updates].map(([variable, value]) => ({ variable, value })),
    };
  }
}

function isUniform(values: ArrayLike<number>): boolean {
  for (let i = 1; i < values.length; i++) if (!Object.is(values[i], values[0])) return false;
  return values.length > 0;
}

/** NumPy's rule. Throws RangeError where the shapes do not broadcast. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw new RangeError(`shapes [${a}] and [${b}] do not broadcast`);
    return x === 1 ? y : x;
  });
}

/** The type that holds both, as tfjs has it: float32 over int32 over bool. */
export function widest(a: DType, b: DType): DType {
  return a === 'float32' || b === 'float32' ? 'float32' : a === 'int32' || b === 'int32' ? 'int32' : 'bool';
}
