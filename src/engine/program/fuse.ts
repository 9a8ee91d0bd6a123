import { BodyBuilder, NeedsBuffers, readOf, rootOf } from './body-builder';
import { Buffers } from './buffers';
import { type IndexMap, identity, rowStrides, through, within } from './index-map';
import { type DType, type Graph, inputsOf, type Node, type NodeId, type Op, sizeOf } from './ir';
import { lower } from './lower';
import type { Product } from './products';
import type { Fused, Step, Value } from './steps';

/**
 * A graph as few steps. Element-wise operations of one size that hang together become one step that reads each input once
 * and writes every result that needs a buffer; cheap ones are computed again where they are used; those before a reduction
 * become part of it, bias and relu part of the product before them. Views are read where they lie.
 */
export function fuse(graph: Graph): Fused {
  const lowered = lower(graph);
  const forced = new Set<NodeId>();
  for (;;) {
    try {
      return new Fusion(lowered, forced).run();
    } catch (error) {
      if (!(error instanceof NeedsBuffers)) throw error;
      const before = forced.size;
      for (const id of error.nodes) forced.add(rootOf(lowered.nodes, id));
      if (forced.size === before) throw new Error(`nodes ${error.nodes} cannot be fused`, { cause: error });
    }
  }
}

class Fusion {
  private readonly buffers: Buffers;
  private readonly nodes: readonly Node[];
  private readonly values: (Value | undefined)[];
  private readonly constants: { value: NodeId; contents: Float32Array | Int32Array }[] = [];
  private readonly steps: Step[] = [];

  constructor(
    private readonly graph: Graph,
    forced: ReadonlySet<NodeId>,
  ) {
    this.buffers = new Buffers(graph, forced);
    this.nodes = graph.nodes;
    this.values = this.nodes.map(({ id, shape, dtype }) =>
      this.buffers.stored(id) === id ? { elements: sizeOf(shape), dtype } : undefined,
    );
  }

  run(): Fused {
    const { graph, nodes, buffers } = this;
    const groups = new Map<string, NodeId[]>();
    const inputs: { name: string; value: NodeId; shape: readonly number[] }[] = [];
    const variables: (NodeId | undefined)[] = graph.variables.map(() => undefined);
    for (const { id, op, shape } of nodes) {
      if (this.values[id] === undefined) continue;
      if (op.kind === 'input') inputs.push({ name: op.name, value: id, shape });
      else if (op.kind === 'variable') variables[op.index] = id;
      else if (op.kind === 'constant') this.constants.push({ value: id, contents: op.values });
      else if (op.kind === 'fill') this.steps.push({ kind: 'fill', value: op.value, output: id });
      else if (buffers.isHeavy(id)) this.steps.push(this.heavy(id));
      else {
        const key = `${buffers.level(id)}:${sizeOf(shape)}`;
        groups.set(key, [...(groups.get(key) ?? []), id]);
      }
    }
    for (const group of groups.values()) for (const part of this.connected(group)) this.map(part);
    const updated = new Set(graph.updates.map((update) => update.variable));
    const outputs = Object.entries(graph.outputs).map(([name, id]) => {
      const value = rootOf(nodes, id);
      const { op, shape } = nodes[value]!;
      const changes = op.kind === 'variable' && updated.has(op.index);
      return { name, value: changes ? this.copyOf(value) : value, shape: nodes[id]?.shape ?? shape };
    });
    const updates = graph.updates.map(({ variable, value }) => ({ variable, value: rootOf(nodes, value) }));
    return { values: this.values, steps: this.steps, inputs, constants: this.constants, variables, outputs, updates };
  }

  private added(elements: number, dtype: DType): NodeId {
    return this.values.push({ elements, dtype }) - 1;
  }

  private copyOf(value: NodeId): NodeId {
    const { elements, dtype } = this.values[value]!;
    const output = this.added(elements, dtype);
    const map = identity(elements);
    this.steps.push({ kind: 'copy', parts: [{ count: elements, from: { value, map }, to: map }], output });
    return output;
  }

  private heavy(id: NodeId): Step {
    const node = this.nodes[id]!;
    const product = this.buffers.products.get(id);
    if (product !== undefined) return this.gemm(id, product);
    switch (node.op.kind) {
      case 'reduce':
        return this.reduce(node, node.op);
      case 'concat':
        return this.concat(node, node.op);
      case 'pad':
        return this.pad(node, node.op);
      default: {
        const operands = inputsOf(node.op).map((input) => {
          const { shape, dtype } = this.nodes[input]!;
          return { value: rootOf(this.nodes, input), shape, dtype };
        });
        return { kind: 'kernel', node, operands, output: id };
      }
    }
  }

  private gemm(output: NodeId, { matmul, bias, activation }: Product): Step {
    const { transposeA, transposeB, inputs } = matmul.op;
    const [a, b] = inputs.map((id) => this.nodes[id]!) as [Node, Node];
    const [rows, columns] = matmul.shape.slice(-2) as [number, number];
    const inner = a.shape.at(transposeA ? -2 : -1)!;
    const batch = sizeOf(matmul.shape.slice(0, -2));
    const batchOf = ({ shape }: Node) => sizeOf(shape.slice(0, -2));
    // Rows of all matrices under one right side are rows of one matrix.
    const merged = batchOf(b) === 1 && batchOf(a) === batch && !transposeA;
    return {
      kind: 'gemm',
      batch: merged ? 1 : batch,
      m: merged ? rows * batch : rows,
      n: columns,
      k: inner,
      transposeA,
      transposeB,
      a: rootOf(this.nodes, a.id),
      b: rootOf(this.nodes, b.id),
      strideA: merged || batchOf(a) === 1 ? 0 : rows * inner,
      strideB: merged || batchOf(b) === 1 ? 0 : inner * columns,
      bias,
      activation,
      output,
    };
  }

  private reduce({ id }: Node, { name, axes, inputs }: Extract<Op, { kind: 'reduce' }>): Step {
    const { shape } = this.nodes[inputs[0]]!;
    const gone = new Set(axes);
    const long = [...shape.keys()].filter((axis) => shape[axis] !== 1);
    const first = long.findIndex((axis) => gone.has(axis));
    const last = long.findLastIndex((axis) => gone.has(axis));
    const product = (some: readonly number[]) => some.reduce((size, axis) => size * shape[axis]!, 1);
    const adjacent = long.slice(first, last + 1).every((axis) => gone.has(axis));
    const kept = long.filter((axis) => !gone.has(axis));
    const reducedAxes = long.filter((axis) => gone.has(axis));
    const whole = first < 0 || adjacent;
    const outer = whole ? (first < 0 ? product(long) : product(long.slice(0, first))) : product(kept);
    const reduced = product(reducedAxes);
    const count = sizeOf(shape);
    const map: IndexMap = whole
      ? identity(count)
      : through(
          identity(count),
          [...kept, ...reducedAxes].map((axis) => shape[axis]!),
          [...kept, ...reducedAxes].map((axis) => rowStrides(shape)[axis]!),
        )!;
    const builder = new BodyBuilder(this.buffers, count, new Set());
    const finished = builder.finish([builder.value(inputs[0], map)]);
    if (finished === undefined) throw new NeedsBuffers([inputs[0]]);
    const { body, registers } = finished;
    const inner = count / outer / reduced;
    return { kind: 'reduce', name, outer, reduced, inner, body, register: registers[0]!, output: id };
  }

  private concat({ id, shape }: Node, { axis, inputs }: Extract<Op, { kind: 'concat' }>): Step {
    let at = 0;
    const parts = inputs.map((input) => {
      const { shape: own } = this.nodes[input]!;
      const begin = shape.map((_, j) => (j === axis ? at : 0));
      at += own[axis]!;
      return { count: sizeOf(own), from: readOf(this.buffers, input), to: within(own, shape, begin) };
    });
    return { kind: 'copy', parts, output: id };
  }

  /** The input in the middle, and a slab of the value on either side of each axis. */
  private pad({ id, shape, dtype }: Node, { before, value, inputs }: Extract<Op, { kind: 'pad' }>): Step {
    const { shape: own } = this.nodes[inputs[0]]!;
    const filling = this.added(1, dtype);
    this.constants.push({
      value: filling,
      contents: dtype === 'float32' ? Float32Array.of(value) : Int32Array.of(value),
    });
    const slab = (axis: number, from: number, to: number) => {
      const region = shape.map((size, j) => (j < axis ? own[j]! : j === axis ? to - from : size));
      const begin = shape.map((_, j) => (j < axis ? before[j]! : j === axis ? from : 0));
      const count = sizeOf(region);
      const map: IndexMap = { lengths: [count], strides: [0], offset: 0 };
      return { count, from: { value: filling, map }, to: within(region, shape, begin) };
    };
    const slabs = shape.flatMap((size, axis) => {
      const end = before[axis]! + own[axis]!;
      return [
        ...(before[axis]! > 0 ? [slab(axis, 0, before[axis]!)] : []),
        ...(end < size ? [slab(axis, end, size)] : []),
      ];
    });
    const middle = {
      count: sizeOf(own),
      from: readOf(this.buffers, inputs[0]),
      to: within(own, shape, before),
    };
    return { kind: 'copy', parts: [middle, ...slabs], output: id };
  }

  private built(size: number, results: readonly NodeId[]) {
    const builder = new BodyBuilder(this.buffers, size, new Set(results));
    const entries = results.map((id) => builder.value(id, identity(size)));
    return { loads: builder.loads(), finished: builder.finish(entries) };
  }

  /** Results of one level and size, apart where they share no input of more than one element and do not use each other. */
  private connected(results: readonly NodeId[]): NodeId[][] {
    const parent = new Map<NodeId, NodeId>();
    const find = (id: NodeId): NodeId => {
      const up = parent.get(id) ?? id;
      return up === id ? id : find(up);
    };
    for (const result of results)
      for (const { value } of this.built(sizeOf(this.nodes[result]!.shape), [result]).loads)
        if (this.values[value]!.elements > 1 || this.buffers.isMapped(value)) parent.set(find(value), find(result));
    const parts = new Map<NodeId, NodeId[]>();
    for (const result of results) parts.set(find(result), [...(parts.get(find(result)) ?? []), result]);
    return [...parts.values()];
  }

  /** One step for these results; several where they do not fit into one. */
  private map(results: readonly NodeId[]): void {
    const size = sizeOf(this.nodes[results[0]!]!.shape);
    let held: NodeId[] = [];
    const flush = () => {
      if (held.length > 0) this.steps.push(this.mapStep(size, held));
    };
    for (const result of results) {
      if (this.built(size, [...held, result]).finished !== undefined) held.push(result);
      else {
        flush();
        held = [result];
        if (this.built(size, held).finished === undefined) throw new NeedsBuffers(this.cutsOf(result));
      }
    }
    flush();
  }

  private mapStep(size: number, results: readonly NodeId[]): Step {
    const { body, registers } = this.built(size, results).finished!;
    const [load, ...more] = body.loads;
    const [result] = results as [NodeId];
    const isFloat = (id: NodeId) => this.values[id]!.dtype === 'float32';
    if (load !== undefined && more.length === 0 && results.length === 1 && body.operations.length === 0)
      if (isFloat(load.value) === isFloat(result))
        return { kind: 'copy', parts: [{ count: size, from: load, to: identity(size) }], output: result };
    return { kind: 'map', body, outputs: results.map((value, i) => ({ register: registers[i]!, value })) };
  }

  /** Where to cut an expression too large for one body: its largest part that fits, else all its operands. */
  private cutsOf(result: NodeId): NodeId[] {
    const size = sizeOf(this.nodes[result]!.shape);
    let best: { id: NodeId; loads: number } | undefined;
    const visited = new Set<NodeId>();
    const visit = (id: NodeId): void => {
      for (const input of inputsOf(this.nodes[id]!.op)) {
        const root = rootOf(this.nodes, input);
        if (visited.has(root) || this.buffers.stored(root) !== undefined) continue;
        visited.add(root);
        const { kind } = this.nodes[root]!.op;
        if (sizeOf(this.nodes[root]!.shape) !== size || kind === 'fill') continue;
        const { loads, finished } = this.built(size, [root]);
        if (finished === undefined) visit(root);
        else if (loads.length > 1 && (best === undefined || loads.length > best.loads))
          best = { id: root, loads: loads.length };
      }
    };
    visit(result);
    if (best !== undefined) return [best.id];
    return inputsOf(this.nodes[result]!.op).filter((input) => this.buffers.stored(input) === undefined);
  }
}
