import { type DType, type Graph, inputsOf, type Node, type NodeId, type Op, sizeOf } from './ir';

/** What the sum, maximum, … of nothing is. */
const IDENTITY = {
  sum: 0,
  prod: 1,
  max: Number.NEGATIVE_INFINITY,
  min: Number.POSITIVE_INFINITY,
  any: 0,
  all: 1,
} as const;

/** Operations whose instruction computes in float32 and writes float32, whatever the node's type is. */
const FLOAT_KINDS = new Set<Op['kind']>(['matmul', 'cumsum', 'softmax', 'segmentSum', 'windowed']);

/**
 * A graph in the terms of the instructions: nothing without elements is computed, integers are turned into floats where an
 * instruction takes only those, the batch axes of a product are either whole or shared, nodes that nothing needs are gone.
 */
export function lower<V>(graph: Graph<V>): Graph<V> {
  return new Lowering(graph).run();
}

class Lowering<V> {
  private readonly nodes: Node[] = [];
  private readonly renamed = new Map<NodeId, NodeId>();
  private readonly variables = new Map<number, NodeId>();

  constructor(private readonly graph: Graph<V>) {}

  run(): Graph<V> {
    const { graph } = this;
    const live = liveNodes(graph);
    const activations = activationsOf(graph, live);
    for (const node of graph.nodes) if (live.has(node.id)) this.renamed.set(node.id, this.lowered(node, activations));
    return {
      nodes: this.nodes,
      variables: graph.variables,
      outputs: Object.fromEntries(Object.entries(graph.outputs).map(([name, id]) => [name, this.renamed.get(id)!])),
      updates: graph.updates.map(({ variable, value }) => ({ variable, value: this.renamed.get(value)! })),
    };
  }

  private add(op: Op, shape: readonly number[], dtype: DType): NodeId {
    this.nodes.push({ id: this.nodes.length, op, shape, dtype });
    return this.nodes.length - 1;
  }

  private as(id: NodeId, dtype: DType): NodeId {
    const { shape, dtype: from } = this.nodes[id]!;
    return from === dtype ? id : this.add({ kind: 'cast', inputs: [id] }, shape, dtype);
  }

  private lowered({ op, shape, dtype }: Node, activations: ReadonlyMap<NodeId, NodeId>): NodeId {
    const size = sizeOf(shape);
    const leaf = op.kind === 'input' || op.kind === 'variable';
    if (size === 0 && !leaf) return this.add({ kind: 'fill', value: 0 }, shape, dtype);
    if (op.kind === 'variable') {
      const known = this.variables.get(op.index);
      if (known !== undefined) return known;
      const id = this.add(op, shape, dtype);
      this.variables.set(op.index, id);
      return id;
    }
    if (op.kind === 'constant' && size === 1) return this.add({ kind: 'fill', value: op.values[0]! }, shape, dtype);
    const inputs = inputsOf(op).map((id) => this.renamed.get(id)!);
    if (inputs.length > 0 && inputs.every((id) => sizeOf(this.nodes[id]!.shape) === 0))
      return this.ofNothing(op, shape, dtype);
    if (op.kind === 'binary' && (op.name === 'step' || op.name === 'greater')) {
      const active = this.renamed.get(activations.get(op.inputs[0]) ?? -1);
      if (active !== undefined && this.isZero(inputs[1]!)) inputs[0] = active;
    }
    if (op.kind === 'concat') {
      const filled = inputs.filter((id) => sizeOf(this.nodes[id]!.shape) > 0);
      if (filled.length === 1) return this.add({ kind: 'reshape', inputs: [filled[0]!] }, shape, dtype);
      return this.add({ ...op, inputs: filled }, shape, dtype);
    }
    if (FLOAT_KINDS.has(op.kind)) {
      const floats = inputs.map((id, i) => (op.kind === 'segmentSum' && i === 1 ? id : this.as(id, 'float32')));
      if (op.kind === 'matmul') for (const i of [0, 1]) floats[i] = this.wholeBatch(floats[i]!, shape);
      const id = this.add({ ...op, inputs: floats } as Op, shape, 'float32');
      return this.as(id, dtype);
    }
    if (op.kind === 'argReduce') inputs[0] = this.as(inputs[0]!, 'float32');
    return this.add(inputs.length === 0 ? op : ({ ...op, inputs } as Op), shape, dtype);
  }

  /** An operation all of whose inputs are empty, though its result is not. */
  private ofNothing(op: Op, shape: readonly number[], dtype: DType): NodeId {
    const value = op.kind === 'reduce' ? IDENTITY[op.name] : op.kind === 'pad' ? op.value : 0;
    return this.add({ kind: 'fill', value }, shape, dtype);
  }

  private isZero(id: NodeId): boolean {
    const { op } = this.nodes[id]!;
    if (op.kind === 'reshape' || op.kind === 'broadcast' || op.kind === 'cast') return this.isZero(op.inputs[0]);
    return op.kind === 'fill' && op.value === 0;
  }

  /** The batch of an operand of a product: as it is where it is whole or of one, else broadcast to the whole. */
  private wholeBatch(id: NodeId, shape: readonly number[]): NodeId {
    const { shape: own, dtype } = this.nodes[id]!;
    const batch = shape.slice(0, -2);
    const lead = own.slice(0, -2);
    if (sizeOf(lead) === 1 || lead.join() === batch.join()) return id;
    const whole = [...batch, ...own.slice(-2)];
    const ranked = [...new Array<number>(whole.length - own.length).fill(1), ...own];
    const input = this.add({ kind: 'reshape', inputs: [id] }, ranked, dtype);
    return this.add({ kind: 'broadcast', inputs: [input] }, whole, dtype);
  }
}

function liveNodes(graph: Graph<unknown>): Set<NodeId> {
  const live = new Set<NodeId>();
  const pending = [...Object.values(graph.outputs), ...graph.updates.map((update) => update.value)];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (live.has(id)) continue;
    live.add(id);
    pending.push(...inputsOf(graph.nodes[id]!.op));
  }
  // Inputs stay: a program is given all of them, used or not.
  for (const { id, op } of graph.nodes) if (op.kind === 'input') live.add(id);
  return live;
}

/**
 * relu(x) by x. Its gradient asks where x > 0, which is where relu(x) > 0: asked of relu(x), x itself need not be kept and
 * the two can be computed where x is.
 */
function activationsOf(graph: Graph<unknown>, live: ReadonlySet<NodeId>): Map<NodeId, NodeId> {
  const found = new Map<NodeId, NodeId>();
  for (const { id, op } of graph.nodes)
    if (live.has(id) && op.kind === 'unary' && op.name === 'relu') found.set(op.inputs[0], id);
  return found;
}
