import { type Context, rootOf } from './body-builder';
import { type Graph, inputsOf, type Node, type NodeId, type Op, sizeOf } from './ir';
import { type Product, productsOf } from './products';

const ELEMENTWISE = new Set<Op['kind']>(['unary', 'binary', 'select', 'cast']);
const VIEWS = new Set<Op['kind']>(['reshape', 'transpose', 'broadcast', 'slice']);
const LEAVES = new Set<Op['kind']>(['input', 'variable', 'constant']);

/** What an element of an operation costs, an addition costing 1. */
const COSTS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(['div', 'sqrt', 'rsqrt', 'reciprocal', 'floorDiv', 'mod'].map((name) => [name, 2])),
  ...Object.fromEntries(
    'exp expm1 log log1p tanh sigmoid softplus erf pow sin cos elu selu atan2'.split(' ').map((name) => [name, 6]),
  ),
};

/** Computed again by each of its users instead of kept: what costs no more than this, … */
const TRIVIAL = 3;
/** … what costs no more than this an element, for users of its own size, … */
const CHEAP = 24;
/** … and what costs no more than this altogether: about what a barrier and an instruction cost. */
const CHEAPER_THAN_A_STEP = 8192;

/**
 * Which nodes of a lowered graph have buffers, and the level of each: how many operations that are not element-wise lie
 * before it. Element-wise nodes of one level and size can be computed by one instruction.
 */
export class Buffers implements Context {
  readonly nodes: readonly Node[];
  readonly products: ReadonlyMap<NodeId, Product>;
  private readonly absorbed: ReadonlySet<NodeId>;
  private readonly kept = new Set<NodeId>();
  private levels: number[] = [];

  constructor(graph: Graph, forced: ReadonlySet<NodeId>) {
    this.nodes = graph.nodes;
    const results = [...Object.values(graph.outputs), ...graph.updates.map((update) => update.value)];
    const { products, absorbed } = productsOf(graph.nodes, results);
    this.products = products;
    this.absorbed = absorbed;
    for (const id of [...results, ...forced]) this.keep(id);
    for (const { id, op } of this.nodes) {
      if (this.absorbed.has(id)) continue;
      if (LEAVES.has(op.kind) || this.isHeavy(id)) this.kept.add(id);
      if (!this.isHeavy(id) || op.kind === 'reduce') continue;
      for (const input of this.operandsOf(id))
        this.keep(op.kind === 'concat' || op.kind === 'pad' ? this.base(input) : input);
    }
    this.findLevels();
    this.keepShared();
    this.findLevels();
  }

  stored(id: NodeId): NodeId | undefined {
    const root = rootOf(this.nodes, id);
    return this.kept.has(root) ? root : undefined;
  }

  level(id: NodeId): number {
    return this.levels[id]!;
  }

  /** Computed by an instruction of its own. */
  isHeavy(id: NodeId): boolean {
    const { kind } = this.nodes[id]!.op;
    if (this.absorbed.has(id)) return false;
    return this.products.has(id) || !(ELEMENTWISE.has(kind) || VIEWS.has(kind) || LEAVES.has(kind) || kind === 'fill');
  }

  /** Has a buffer and is computed element by element. */
  isMapped(id: NodeId): boolean {
    const { kind } = this.nodes[id]!.op;
    return this.kept.has(id) && !this.isHeavy(id) && !LEAVES.has(kind) && kind !== 'fill';
  }

  operandsOf(id: NodeId): readonly NodeId[] {
    const product = this.products.get(id);
    if (product === undefined) return inputsOf(this.nodes[id]!.op);
    const { matmul, bias } = product;
    return bias === undefined ? matmul.op.inputs : [...matmul.op.inputs, bias];
  }

  private keep(id: NodeId): void {
    this.kept.add(rootOf(this.nodes, id));
  }

  /** What a view shows, behind all views. */
  private base(id: NodeId): NodeId {
    const { op } = this.nodes[id]!;
    return VIEWS.has(op.kind) && !this.kept.has(id) ? this.base(inputsOf(op)[0]!) : id;
  }

  private findLevels(): void {
    this.levels = [];
    // Whether a node reads, where it stands, what an element-wise instruction of its own level writes.
    const fresh: boolean[] = [];
    for (const { id, op, shape } of this.nodes) {
      const heavy = this.isHeavy(id);
      let level = 0;
      let young = false;
      for (const input of this.absorbed.has(id) ? [] : this.operandsOf(id)) {
        const mapped = this.isMapped(rootOf(this.nodes, input));
        const inPlace =
          op.kind === 'reshape' || (ELEMENTWISE.has(op.kind) && sizeOf(this.nodes[input]!.shape) === sizeOf(shape));
        const inputYoung = mapped || fresh[input]!;
        const moved = inputYoung && !inPlace && !heavy;
        const at = this.levels[input]! + (moved ? 1 : 0);
        if (at > level) young = inputYoung && !moved;
        else if (at === level) young ||= inputYoung && !moved;
        level = Math.max(level, at);
      }
      this.levels.push(heavy ? level + 1 : level);
      fresh.push(!heavy && young);
    }
  }

  /** Keeps what several instructions use and is too dear to compute in each. */
  private keepShared(): void {
    const costs: number[] = [];
    for (const { id, op } of this.nodes) {
      if (this.kept.has(id) || op.kind === 'fill') costs.push(0);
      else {
        const own = ELEMENTWISE.has(op.kind) ? (COSTS['name' in op ? op.name : ''] ?? 1) : 0;
        costs.push(
          Math.min(
            1e6,
            inputsOf(op).reduce((sum, input) => sum + costs[input]!, own),
          ),
        );
      }
    }
    const users = this.nodes.map(() => new Map<string, number>());
    for (let id = this.nodes.length - 1; id >= 0; id--) {
      const { op, shape } = this.nodes[id]!;
      const size = sizeOf(shape);
      const own = users[id]!;
      if (ELEMENTWISE.has(op.kind) && !this.kept.has(id) && !this.absorbed.has(id)) {
        const sizes = [...own.values()];
        const extra = costs[id]! * (sizes.reduce((a, b) => a + b, 0) - size);
        const recomputed =
          costs[id]! <= TRIVIAL ||
          extra <= CHEAPER_THAN_A_STEP ||
          (costs[id]! <= CHEAP && sizes.every((used) => used === size));
        if (!recomputed) this.kept.add(id);
      }
      if (this.isMapped(id)) {
        own.clear();
        own.set(`${this.levels[id]}:${size}`, size);
      } else if (op.kind === 'reduce') {
        own.clear();
        own.set(`reduce ${id}`, sizeOf(this.nodes[op.inputs[0]]!.shape));
      } else if (this.kept.has(id)) continue;
      for (const input of inputsOf(op)) for (const [user, at] of own) users[input]!.set(user, at);
    }
  }
}
