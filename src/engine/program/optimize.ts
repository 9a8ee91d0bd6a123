import { evaluateNode } from './evaluate';
import { type Graph, inputsOf, type Node, type NodeId, type Op, sizeOf } from './ir';
import { simplify } from './simplify';

/** Constants of so many elements are folded into what is computed from them. */
const FOLDED = 256;

/**
 * The same graph with less in it: what can be known is computed, equal nodes are one, what changes nothing is gone, what
 * nobody reads is left out. Results agree to the rounding of float32.
 */
export function optimize<V>(graph: Graph<V>): Graph<V> {
  const nodes: Node[] = [];
  const known = new Map<string, NodeId>();
  /** By the old number, the new. */
  const now: NodeId[] = [];
  const add = (op: Op, shape: readonly number[], dtype: Node['dtype']): NodeId => {
    const simpler = simplify(op, shape, dtype, { node: (id) => nodes[id]!, add });
    if (typeof simpler === 'number') return simpler;
    const node: Node = { id: nodes.length, op: folded(simpler, shape, dtype, nodes), shape, dtype };
    const key = keyOf(node);
    const same = known.get(key);
    if (same !== undefined) return same;
    known.set(key, node.id);
    nodes.push(node);
    return node.id;
  };
  for (const { op, shape, dtype } of graph.nodes) now.push(add(renumbered(op, now), shape, dtype));
  return pruned({
    nodes,
    variables: graph.variables,
    outputs: Object.fromEntries(Object.entries(graph.outputs).map(([name, id]) => [name, now[id]!])),
    updates: graph.updates.map(({ variable, value }) => ({ variable, value: now[value]! })),
  });
}

function renumbered(op: Op, now: readonly NodeId[]): Op {
  return 'inputs' in op ? ({ ...op, inputs: op.inputs.map((id) => now[id]!) } as Op) : op;
}

/** Computes an operation whose inputs are all known. */
function folded(op: Op, shape: readonly number[], dtype: Node['dtype'], nodes: readonly Node[]): Op {
  const inputs = inputsOf(op).map((id) => nodes[id]!);
  const isKnown = (node: Node) => node.op.kind === 'fill' || node.op.kind === 'constant';
  if (inputs.length === 0 || op.kind === 'random' || op.kind === 'custom' || !inputs.every(isKnown)) return op;
  if ([shape, ...inputs.map((node) => node.shape)].some((each) => sizeOf(each) > FOLDED)) return op;
  const values: Float64Array[] = [];
  for (const node of inputs) values[node.id] = evaluateNode(node, { nodes }, [], {});
  const exact = evaluateNode({ id: -1, op, shape, dtype }, { nodes }, values, {});
  const result = dtype === 'float32' ? Float32Array.from(exact) : Int32Array.from(exact);
  const first = result[0];
  return first !== undefined && result.every((value) => Object.is(value, first))
    ? { kind: 'fill', value: first }
    : { kind: 'constant', values: result };
}

/** Equal for nodes that give the same value. */
function keyOf({ id, op, shape, dtype }: Node): string {
  if (op.kind === 'input' || op.kind === 'variable') return String(id);
  const what =
    op.kind === 'constant'
      ? op.values.length <= FOLDED
        ? `constant ${Array.from(op.values, exactly).join()}`
        : `constant of node ${id}`
      : JSON.stringify(op, (_, value) => (typeof value === 'number' ? exactly(value) : value));
  return `${what} ${dtype}[${shape}]`;
}

/** Tells −0 from 0; NaN and the infinities by their names. */
function exactly(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Only what outputs and updates depend on, and the inputs. */
function pruned<V>(graph: Graph<V>): Graph<V> {
  const live = new Uint8Array(graph.nodes.length);
  for (const id of Object.values(graph.outputs)) live[id] = 1;
  for (const { value } of graph.updates) live[value] = 1;
  for (let id = live.length - 1; id >= 0; id--) {
    const { op } = graph.nodes[id]!;
    if (op.kind === 'input') live[id] = 1;
    if (live[id] === 1) for (const input of inputsOf(op)) live[input] = 1;
  }
  const now: NodeId[] = [];
  const nodes: Node[] = [];
  for (const { id, op, shape, dtype } of graph.nodes) {
    if (live[id] === 0) continue;
    now[id] = nodes.length;
    nodes.push({ id: nodes.length, op: renumbered(op, now), shape, dtype });
  }
  return {
    nodes,
    variables: graph.variables,
    outputs: Object.fromEntries(Object.entries(graph.outputs).map(([name, id]) => [name, now[id]!])),
    updates: graph.updates.map(({ variable, value }) => ({ variable, value: now[value]! })),
  };
}
