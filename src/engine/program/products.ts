import { rootOf } from './body-builder';
import { inputsOf, type Node, type NodeId, type Op, sizeOf } from './ir';

/** A matrix product with what its instruction does to each element on the way out. */
export interface Product {
  readonly matmul: Node & { readonly op: Extract<Op, { kind: 'matmul' }> };
  readonly bias: NodeId | undefined;
  readonly activation: 'none' | 'relu';
}

/** How often each node is used, by whom; results of the graph count as uses by nobody (−1). */
export function usesOf(nodes: readonly Node[], results: readonly NodeId[]): NodeId[][] {
  const uses: NodeId[][] = nodes.map(() => []);
  for (const { id, op } of nodes) for (const input of inputsOf(op)) uses[input]!.push(id);
  for (const id of results) uses[id]!.push(-1);
  return uses;
}

/**
 * The products of a graph, by the node whose value the instruction writes: the product itself, or the addition of a bias
 * or the relu that follows where nothing else wants what lies between.
 */
export function productsOf(
  nodes: readonly Node[],
  results: readonly NodeId[],
): { products: Map<NodeId, Product>; absorbed: Set<NodeId> } {
  const uses = usesOf(nodes, results);
  const products = new Map<NodeId, Product>();
  const absorbed = new Set<NodeId>();
  for (const node of nodes) {
    if (node.op.kind !== 'matmul') continue;
    const path: NodeId[] = [node.id];
    let end = node.id;
    let bias: NodeId | undefined;
    let activation: Product['activation'] = 'none';
    const columns = node.shape.at(-1)!;
    for (let id = only(uses, node.id); id !== undefined; id = only(uses, id)) {
      const { op, shape } = nodes[id]!;
      if (shape.at(-1) !== columns || sizeOf(shape) !== sizeOf(node.shape)) break;
      if (op.kind === 'binary' && op.name === 'add' && bias === undefined) {
        const other = op.inputs[0] === path.at(-1) ? op.inputs[1] : op.inputs[0];
        if (!isBias(nodes, other, columns)) break;
        bias = rootOf(nodes, other);
        end = id;
      } else if (op.kind === 'unary' && op.name === 'relu') {
        activation = 'relu';
        path.push(id);
        end = id;
        break;
      } else if (op.kind !== 'reshape') break;
      path.push(id);
    }
    for (const id of path) {
      if (id === end) break;
      absorbed.add(id);
    }
    products.set(end, { matmul: node as Product['matmul'], bias, activation });
  }
  return { products, absorbed };
}

function only(uses: readonly (readonly NodeId[])[], id: NodeId): NodeId | undefined {
  const [user, ...more] = uses[id]!;
  return user === undefined || user < 0 || more.length > 0 ? undefined : user;
}

/** One number a column, at hand before the product. */
function isBias(nodes: readonly Node[], id: NodeId, columns: number): boolean {
  const { shape, dtype } = nodes[id]!;
  const { kind } = nodes[rootOf(nodes, id)]!.op;
  const ready = kind === 'variable' || kind === 'input' || kind === 'constant';
  return ready && dtype === 'float32' && sizeOf(shape) === columns && (shape.at(-1) ?? 1) === columns;
}
