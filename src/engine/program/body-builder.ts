import { broadcastSteps, type IndexMap, identity, isIdentity, keyOf, refine, rowStrides, through } from './index-map';
import { MAX_INPUTS, MAX_OPERATIONS, MAX_RANK, MAX_REGISTERS } from './instructions';
import { inputsOf, type Node, type NodeId, sizeOf } from './ir';
import type { Body, Code, Load, Operation } from './steps';

/** Thrown where an expression cannot be written as one body; it can once these nodes have buffers. */
export class NeedsBuffers extends Error {
  constructor(readonly nodes: readonly NodeId[]) {
    super(`nodes ${nodes} need buffers`);
  }
}

export interface Context {
  readonly nodes: readonly Node[];
  /** The node whose buffer holds a node's elements, where there is one. */
  stored(id: NodeId): NodeId | undefined;
}

type Entry = { readonly load: Load } | { readonly code: Code; readonly operands: readonly number[] };

/** The node behind reshapes. */
export function rootOf(nodes: readonly Node[], id: NodeId): NodeId {
  let root = id;
  for (let op = nodes[root]!.op; op.kind === 'reshape'; op = nodes[root]!.op) root = op.inputs[0];
  return root;
}

/** How a view's elements lie in its input: where the element with coordinates c is, as steps and origin of `through`. */
export function viewOf({ op, shape }: Node, from: readonly number[]): { steps: number[]; origin: number } | undefined {
  const rows = rowStrides(from);
  switch (op.kind) {
    case 'transpose':
      return { steps: op.permutation.map((axis) => rows[axis]!), origin: 0 };
    case 'broadcast':
      return { steps: broadcastSteps(from, shape), origin: 0 };
    case 'slice':
      return {
        steps: op.strides.map((stride, axis) => stride * rows[axis]!),
        origin: op.begin.reduce((sum, begin, axis) => sum + begin * rows[axis]!, 0),
      };
    default:
      return undefined;
  }
}

/** Collects expressions over one index space of `count` elements and writes them as one body. */
export class BodyBuilder {
  private readonly entries: Entry[] = [];
  private readonly known = new Map<string, number>();

  /** `own`: nodes with buffers that this body computes itself. */
  constructor(
    private readonly context: Context,
    readonly count: number,
    private readonly own: ReadonlySet<NodeId>,
  ) {}

  /** The number of the entry with a node's elements found through `map`. Throws NeedsBuffers. */
  value(id: NodeId, map: IndexMap): number {
    const key = `${id}@${keyOf(map)}`;
    let entry = this.known.get(key);
    if (entry === undefined) {
      entry = this.made(id, map);
      this.known.set(key, entry);
    }
    return entry;
  }

  private made(id: NodeId, map: IndexMap): number {
    const { nodes } = this.context;
    const node = nodes[id]!;
    const { op, shape } = node;
    const stored = this.context.stored(id);
    if (stored !== undefined && !(this.own.has(stored) && isIdentity(map)))
      return this.entry(`load ${stored}@${keyOf(map)}`, { load: { value: stored, map } });
    if (op.kind === 'reshape') return this.value(op.inputs[0], map);
    if (op.kind === 'fill') return this.entry(`constant ${op.value}`, { code: 'constant', operands: [op.value] });
    const from = nodes[inputsOf(op)[0]!]!.shape;
    const view = viewOf(node, from);
    if (view !== undefined) {
      const inner = through(map, shape, view.steps, view.origin);
      if (inner === undefined) throw new NeedsBuffers([id]);
      return this.value(inputsOf(op)[0]!, inner);
    }
    const operands = inputsOf(op).map((input) => {
      const { shape: own } = nodes[input]!;
      if (sizeOf(own) === sizeOf(shape)) return this.value(input, map);
      const inner = through(map, shape, broadcastSteps(own, shape));
      if (inner === undefined) throw new NeedsBuffers([id]);
      return this.value(input, inner);
    });
    const code = this.codeOf(node);
    if (code === undefined) return operands[0]!;
    return this.entry(`${code} ${operands}`, { code, operands });
  }

  /** Undefined for a cast that changes no number. */
  private codeOf({ op, dtype }: Node): Code | undefined {
    switch (op.kind) {
      case 'unary':
      case 'binary':
        return op.name;
      case 'select':
        return 'select';
      case 'cast': {
        const { dtype: from } = this.context.nodes[op.inputs[0]]!;
        if (dtype === 'int32' && from === 'float32') return 'truncate';
        return dtype === 'bool' && from !== 'bool' ? 'toBool' : undefined;
      }
      default:
        throw new Error(`${op.kind} is not computed element by element`);
    }
  }

  private entry(key: string, entry: Entry): number {
    let found = this.known.get(key);
    if (found === undefined) {
      found = this.entries.push(entry) - 1;
      this.known.set(key, found);
    }
    return found;
  }

  get size(): number {
    return this.entries.length;
  }

  loads(): Load[] {
    return this.entries.flatMap((entry) => ('load' in entry ? [entry.load] : []));
  }

  /**
   * The body that leaves the entries `results` in registers, which are returned in their order. Undefined where it needs
   * more inputs or registers than there are, or its inputs have no digits in common.
   */
  finish(results: readonly number[]): { body: Body; registers: number[] } | undefined {
    const loads = this.loads();
    const strided = loads.map((load) => load.map).filter((map) => !isIdentity(map));
    const rank = refine(this.count, strided)?.lengths.length ?? Number.POSITIVE_INFINITY;
    if (loads.length > MAX_INPUTS || rank > MAX_RANK || this.size - loads.length > MAX_OPERATIONS) return undefined;
    const lastUse = new Map<number, number>(results.map((entry) => [entry, Number.POSITIVE_INFINITY]));
    this.entries.forEach((entry, at) => {
      if ('code' in entry && entry.code !== 'constant')
        for (const operand of entry.operands) lastUse.set(operand, Math.max(at, lastUse.get(operand) ?? 0));
    });
    const registers = new Map<number, number>();
    const free: number[] = [];
    let next = 0;
    for (const [at, entry] of this.entries.entries()) if ('load' in entry) registers.set(at, next++);
    const operations: Operation[] = [];
    for (const [at, entry] of this.entries.entries()) {
      if ('load' in entry) continue;
      const operands = entry.code === 'constant' ? entry.operands : entry.operands.map((used) => registers.get(used)!);
      // Not to an operand's register: the kernels may write a block before they have read all of it.
      const to = free.pop() ?? next++;
      if (to >= MAX_REGISTERS) return undefined;
      registers.set(at, to);
      if (entry.code !== 'constant')
        for (const used of new Set(entry.operands)) if (lastUse.get(used) === at) free.push(registers.get(used)!);
      operations.push({ code: entry.code, to, operands });
    }
    const left = results.map((entry) => {
      const register = registers.get(entry)!;
      if (results.length === 1 || !('load' in this.entries[entry]!)) return register;
      // An input may be read where it lies, when another result has already been written over it.
      operations.push({ code: 'copy', to: next, operands: [register] });
      return next++;
    });
    if (next > MAX_REGISTERS || operations.length > MAX_OPERATIONS) return undefined;
    return { body: { count: this.count, loads, operations }, registers: left };
  }
}

/** A node as one read of a buffer behind views. Throws NeedsBuffers where arithmetic or a lost digit lies between. */
export function readOf(context: Context, id: NodeId): Load {
  const builder = new BodyBuilder(context, sizeOf(context.nodes[id]!.shape), new Set());
  builder.value(id, identity(builder.count));
  const [load] = builder.loads();
  const raw =
    load !== undefined && (context.nodes[load.value]!.dtype === 'float32') === (context.nodes[id]!.dtype === 'float32');
  if (!raw || builder.size > 1) throw new NeedsBuffers([id]);
  return load;
}
