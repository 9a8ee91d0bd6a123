import { broadcastShape } from '../trace/builder';
import { inputsOf, type Node, type NodeId, type Op } from './ir';

/** The graph that an operation is about to be added to. */
export interface Surroundings {
  node(id: NodeId): Node;
  add(op: Op, shape: readonly number[], dtype: Node['dtype']): NodeId;
}

type Simplified = Op | NodeId;

/** What an operation comes to without computing anything: a node that is there already, or an operation no dearer. */
export function simplify(op: Op, shape: readonly number[], dtype: Node['dtype'], graph: Surroundings): Simplified {
  switch (op.kind) {
    case 'reshape':
    case 'broadcast':
    case 'transpose':
    case 'slice':
      return moved(op, shape, dtype, graph);
    case 'unary':
    case 'binary':
    case 'select':
    case 'cast':
      return elementwise(op, shape, dtype, graph);
    case 'reduce': {
      const input = graph.node(op.inputs[0]);
      const trivial = op.axes.every((axis) => input.shape[axis] === 1);
      if (trivial && input.dtype === dtype && op.name !== 'any' && op.name !== 'all')
        return graph.add({ kind: 'reshape', inputs: op.inputs }, shape, dtype);
      return op;
    }
    case 'matmul': {
      const [a, flipA] = unturned(op.inputs[0], graph);
      const [b, flipB] = unturned(op.inputs[1], graph);
      return { ...op, transposeA: op.transposeA !== flipA, transposeB: op.transposeB !== flipB, inputs: [a, b] };
    }
    default:
      return op;
  }
}

function equal(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((length, i) => length === b[i]);
}

function moved(
  op: Extract<Op, { kind: 'reshape' | 'broadcast' | 'transpose' | 'slice' }>,
  shape: readonly number[],
  dtype: Node['dtype'],
  graph: Surroundings,
): Simplified {
  const input = graph.node(op.inputs[0]);
  if (input.op.kind === 'fill') return { kind: 'fill', value: input.op.value };
  switch (op.kind) {
    case 'reshape':
      if (equal(input.shape, shape)) return input.id;
      return input.op.kind === 'reshape' ? graph.add({ ...op, inputs: input.op.inputs }, shape, dtype) : op;
    case 'broadcast':
      if (equal(input.shape, shape)) return input.id;
      return input.op.kind === 'broadcast' ? { ...op, inputs: input.op.inputs } : op;
    case 'slice':
      return equal(input.shape, shape) && op.strides.every((stride) => stride === 1) ? input.id : op;
    case 'transpose': {
      const long = op.permutation.filter((axis) => input.shape[axis] !== 1);
      // Nothing moves where the axes longer than 1 keep their order.
      if (long.every((axis, i) => i === 0 || axis > long[i - 1]!))
        return graph.add({ kind: 'reshape', inputs: op.inputs }, shape, dtype);
      if (input.op.kind !== 'transpose') return op;
      const { permutation, inputs } = input.op;
      return graph.add({ ...op, permutation: op.permutation.map((axis) => permutation[axis]!), inputs }, shape, dtype);
    }
  }
}

function elementwise(
  op: Extract<Op, { kind: 'unary' | 'binary' | 'select' | 'cast' }>,
  shape: readonly number[],
  dtype: Node['dtype'],
  graph: Surroundings,
): Simplified {
  if (op.kind === 'cast') {
    const input = graph.node(op.inputs[0]);
    if (input.dtype === dtype) return input.id;
    // Labels are made as floats at once.
    const exact = input.op.kind === 'oneHot' && Number.isInteger(input.op.on) && Number.isInteger(input.op.off);
    if (input.op.kind === 'oneHot' && exact && dtype !== 'bool') return input.op;
  }
  if (op.kind === 'unary' && op.name === 'neg') {
    const input = graph.node(op.inputs[0]).op;
    if (input.kind === 'unary' && input.name === 'neg') return input.inputs[0];
  }
  if (op.kind === 'binary') {
    const neutral = withoutNeutral(op, shape, dtype, graph);
    if (neutral !== undefined) return neutral;
  }
  return narrowed(op, shape, graph);
}

/** x + 0, x − 0, x · 1, x / 1, and a division by a power of two as the product that it is. */
function withoutNeutral(
  op: Extract<Op, { kind: 'binary' }>,
  shape: readonly number[],
  dtype: Node['dtype'],
  graph: Surroundings,
): Simplified | undefined {
  const [a, b] = op.inputs;
  const filled = (id: NodeId) => {
    const input = graph.node(id).op;
    return input.kind === 'fill' ? input.value : undefined;
  };
  const keep = (id: NodeId): Simplified | undefined => {
    const kept = graph.node(id);
    if (kept.dtype !== dtype) return undefined;
    if (equal(kept.shape, shape)) return id;
    const widened = [...new Array<number>(shape.length - kept.shape.length).fill(1), ...kept.shape];
    const reshaped = graph.add({ kind: 'reshape', inputs: [id] }, widened, dtype);
    return graph.add({ kind: 'broadcast', inputs: [reshaped] }, shape, dtype);
  };
  const [va, vb] = [filled(a), filled(b)];
  if (op.name === 'add') return vb === 0 ? keep(a) : va === 0 ? keep(b) : undefined;
  if (op.name === 'sub') return vb === 0 ? keep(a) : undefined;
  if (op.name === 'mul') return vb === 1 ? keep(a) : va === 1 ? keep(b) : undefined;
  if (op.name !== 'div' || vb === undefined) return undefined;
  if (vb === 1) return keep(a);
  const exponent = Math.log2(Math.abs(vb));
  // Beyond, the reciprocal is no normal float32.
  if (!Number.isInteger(exponent) || Math.abs(exponent) > 126) return undefined;
  const factor = graph.add({ kind: 'fill', value: 1 / vb }, [], dtype);
  return graph.add({ kind: 'binary', name: 'mul', inputs: [a, factor] }, shape, dtype);
}

/** Inputs as small as broadcasting allows: fills as scalars, what was broadcast as it was before. */
function narrowed(
  op: Extract<Op, { kind: 'unary' | 'binary' | 'select' | 'cast' }>,
  shape: readonly number[],
  graph: Surroundings,
): Op {
  if (op.kind === 'unary' || op.kind === 'cast') return op;
  const inputs = [...inputsOf(op)];
  inputs.forEach((id, i) => {
    const { op: from, dtype, shape: own } = graph.node(id);
    if (from.kind === 'fill' && own.length > 0) inputs[i] = graph.add(from, [], dtype);
    else if (from.kind === 'broadcast') inputs[i] = from.inputs[0];
    else return;
    const reached = inputs.map((input) => graph.node(input).shape).reduce(broadcastShape, []);
    if (!equal(reached, shape)) inputs[i] = id;
  });
  return { ...op, inputs } as unknown as Op;
}

/** The input of a transpose of the last two axes, and whether there was one. */
function unturned(id: NodeId, graph: Surroundings): [NodeId, boolean] {
  const { op, shape } = graph.node(id);
  if (op.kind !== 'transpose') return [id, false];
  const last = shape.length - 1;
  const swaps = op.permutation.every((axis, i) => axis === (i === last ? last - 1 : i === last - 1 ? last : i));
  return swaps ? [op.inputs[0], true] : [id, false];
}
