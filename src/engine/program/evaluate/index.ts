import { boxMuller } from '../../../math/box-muller';
import { Rng } from '../../../math/rng';
import { type Graph, inputsOf, type Node, type Op, sizeOf } from '../ir';
import { customEvaluator } from './custom';
import { binary, unary } from './elementwise';
import { broadcastStrides, offsets, stridesOf } from './layout';
import { windowed } from './windows';

export { registerEvaluator } from './custom';

export interface Given {
  readonly inputs?: Readonly<Record<string, ArrayLike<number>>>;
  /** The variables' values when the step begins, in the order of Graph.variables. */
  readonly variables?: readonly ArrayLike<number>[];
}

export interface Evaluated {
  readonly outputs: Readonly<Record<string, Float64Array>>;
  /** By the variable's number: what its value becomes. */
  readonly updates: ReadonlyMap<number, Float64Array>;
}

/**
 * What a graph means: every node computed in float64, one element at a time. The truth that compiled programs and
 * optimisations are compared with; far too slow for anything else. Throws RangeError where an input is missing.
 */
export function evaluate(graph: Graph, given: Given = {}): Evaluated {
  const values: Float64Array[] = [];
  for (const node of graph.nodes) values.push(evaluateNode(node, graph, values, given));
  return {
    outputs: Object.fromEntries(Object.entries(graph.outputs).map(([name, id]) => [name, values[id]!])),
    updates: new Map(graph.updates.map(({ variable, value }) => [variable, values[value]!])),
  };
}

/** One node from the values of those before it. */
export function evaluateNode(
  node: Node,
  graph: Pick<Graph, 'nodes'>,
  values: readonly Float64Array[],
  given: Given,
): Float64Array {
  const { op, shape } = node;
  const inputs = inputsOf(op).map((id) => values[id]!);
  const shapes = inputsOf(op).map((id) => graph.nodes[id]!.shape);
  const read = (i: number) => offsets(shape, broadcastStrides(shapes[i]!, shape));
  const size = sizeOf(shape);
  switch (op.kind) {
    case 'input':
      return taken(given.inputs?.[op.name], size, `input "${op.name}"`);
    case 'variable':
      return taken(given.variables?.[op.index], size, `variable ${op.index}`);
    case 'constant':
      return Float64Array.from(op.values);
    case 'fill':
      return new Float64Array(size).fill(op.value);
    case 'unary':
      return inputs[0]!.map(unary[op.name]);
    case 'binary': {
      const [ia, ib] = [read(0), read(1)];
      const f = binary[op.name];
      return Float64Array.from({ length: size }, (_, i) => f(inputs[0]![ia[i]!]!, inputs[1]![ib[i]!]!));
    }
    case 'select': {
      const [ic, ia, ib] = [read(0), read(1), read(2)];
      return Float64Array.from({ length: size }, (_, i) =>
        inputs[0]![ic[i]!]! !== 0 ? inputs[1]![ia[i]!]! : inputs[2]![ib[i]!]!,
      );
    }
    case 'cast':
      return inputs[0]!.map((x) =>
        node.dtype === 'bool' ? Number(x !== 0) : node.dtype === 'int32' ? Math.trunc(x) : x,
      );
    case 'matmul':
      return matmul(op, shape, inputs, shapes);
    case 'reduce':
      return reduce(op, shape, inputs[0]!, shapes[0]!);
    case 'reshape':
      return inputs[0]!;
    case 'transpose': {
      const own = stridesOf(shapes[0]!);
      return pick(
        inputs[0]!,
        offsets(
          shape,
          op.permutation.map((axis) => own[axis]!),
        ),
      );
    }
    case 'broadcast':
      return pick(inputs[0]!, read(0));
    case 'slice': {
      const own = stridesOf(shapes[0]!);
      const base = op.begin.reduce((sum, begin, i) => sum + begin * own[i]!, 0);
      return pick(
        inputs[0]!,
        offsets(
          shape,
          own.map((stride, i) => stride * op.strides[i]!),
          base,
        ),
      );
    }
    case 'pad': {
      const out = new Float64Array(size).fill(op.value);
      const own = stridesOf(shape);
      const base = op.before.reduce((sum, before, i) => sum + before * own[i]!, 0);
      offsets(shapes[0]!, own, base).forEach((to, i) => {
        out[to] = inputs[0]![i]!;
      });
      return out;
    }
    case 'concat': {
      const out = new Float64Array(size);
      const own = stridesOf(shape);
      let from = 0;
      inputs.forEach((part, k) => {
        offsets(shapes[k]!, own, from * own[op.axis]!).forEach((to, i) => {
          out[to] = part[i]!;
        });
        from += shapes[k]![op.axis]!;
      });
      return out;
    }
    default:
      return indexed(node, op, inputs, shapes);
  }
}

function indexed(
  node: Node,
  op: Op,
  inputs: readonly Float64Array[],
  shapes: readonly (readonly number[])[],
): Float64Array {
  const size = sizeOf(node.shape);
  const [x, second] = inputs;
  switch (op.kind) {
    case 'gather': {
      const inner = sizeOf(shapes[0]!.slice(op.axis + 1));
      const [rows, count] = [shapes[0]![op.axis]!, second!.length];
      return Float64Array.from({ length: size }, (_, i) => {
        const [outer, k, rest] = [Math.floor(i / (count * inner)), Math.floor(i / inner) % count, i % inner];
        const row = second![k]!;
        return row >= 0 && row < rows ? x![(outer * rows + row) * inner + rest]! : Number.NaN;
      });
    }
    case 'segmentSum': {
      const out = new Float64Array(size);
      const inner = sizeOf(node.shape.slice(1));
      second!.forEach((segment, i) => {
        if (segment < 0 || segment >= node.shape[0]!) return;
        for (let k = 0; k < inner; k++) out[segment * inner + k]! += x![i * inner + k]!;
      });
      return out;
    }
    case 'oneHot': {
      const depth = node.shape.at(-1)!;
      return Float64Array.from({ length: size }, (_, i) => (x![Math.floor(i / depth)] === i % depth ? op.on : op.off));
    }
    case 'argReduce':
    case 'cumsum': {
      const inner = sizeOf(shapes[0]!.slice(op.axis + 1));
      const n = shapes[0]![op.axis]!;
      const lines = x!.length === 0 ? 0 : x!.length / n;
      const out = new Float64Array(size);
      for (let line = 0; line < lines; line++) {
        const at = (k: number) => (Math.floor(line / inner) * n + k) * inner + (line % inner);
        if (op.kind === 'argReduce') {
          let best = 0;
          for (let k = 1; k < n; k++)
            if (op.name === 'max' ? x![at(k)]! > x![at(best)]! : x![at(k)]! < x![at(best)]!) best = k;
          out[line] = best;
          continue;
        }
        let sum = 0;
        for (let i = 0; i < n; i++) {
          const k = op.reverse ? n - 1 - i : i;
          if (op.exclusive) out[at(k)] = sum;
          sum += x![at(k)]!;
          if (!op.exclusive) out[at(k)] = sum;
        }
      }
      return out;
    }
    case 'softmax': {
      const width = node.shape.at(-1) ?? 1;
      const out = new Float64Array(size);
      for (let from = 0; from < size; from += width) {
        const row = x!.subarray(from, from + width);
        const largest = row.reduce((a, b) => Math.max(a, b), -Infinity);
        const total = row.reduce((sum, value) => sum + Math.exp(value - largest), 0);
        for (let i = 0; i < width; i++) out[from + i] = Math.exp(row[i]! - largest) / total;
      }
      return out;
    }
    case 'windowed':
      return windowed[op.name](op.window, inputs);
    case 'random':
      return Float64Array.from(
        op.name === 'normalOfWords'
          ? boxMuller(
              Uint32Array.from(x!, (word) => word >>> 0),
              size,
            )
          : Rng.fromKey(x![0]!, x![1]!)[op.name](size),
      );
    case 'custom':
      return customEvaluator(op.name)({ attributes: op.attributes, inputs, shapes, shape: node.shape });
    default:
      throw new Error(`no meaning is given to "${op.kind}"`);
  }
}

function matmul(
  op: Extract<Op, { kind: 'matmul' }>,
  shape: readonly number[],
  [a, b]: readonly Float64Array[],
  [sa, sb]: readonly (readonly number[])[],
): Float64Array {
  const batch = shape.slice(0, -2);
  const [m, n] = [shape.at(-2)!, shape.at(-1)!];
  const k = sa!.at(op.transposeA ? -2 : -1)!;
  const from = (s: readonly number[]) => offsets(batch, broadcastStrides(s.slice(0, -2), batch));
  const [ia, ib] = [from(sa!), from(sb!)];
  const out = new Float64Array(sizeOf(shape));
  for (let t = 0; t < ia.length; t++)
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let l = 0; l < k; l++) {
          const left = a![ia[t]! * m * k + (op.transposeA ? l * m + i : i * k + l)]!;
          sum += left * b![ib[t]! * k * n + (op.transposeB ? j * k + l : l * n + j)]!;
        }
        out[(t * m + i) * n + j] = sum;
      }
  return out;
}

const REDUCERS = {
  sum: { from: 0, with: (a: number, b: number) => a + b },
  prod: { from: 1, with: (a: number, b: number) => a * b },
  max: { from: -Infinity, with: Math.max },
  min: { from: Infinity, with: Math.min },
  any: { from: 0, with: (a: number, b: number) => Number(a !== 0 || b !== 0) },
  all: { from: 1, with: (a: number, b: number) => Number(a !== 0 && b !== 0) },
};

function reduce(
  { name, axes }: Extract<Op, { kind: 'reduce' }>,
  shape: readonly number[],
  x: Float64Array,
  from: readonly number[],
): Float64Array {
  const { from: start, with: combine } = REDUCERS[name];
  const own = stridesOf(shape);
  let kept = 0;
  const into = offsets(
    from,
    from.map((_, axis) => (axes.includes(axis) ? 0 : own[kept++]!)),
  );
  const out = new Float64Array(sizeOf(shape)).fill(start);
  x.forEach((value, i) => {
    out[into[i]!] = combine(out[into[i]!]!, value);
  });
  return out;
}

function pick(x: Float64Array, at: Int32Array): Float64Array {
  return Float64Array.from(at, (i) => x[i]!);
}

function taken(values: ArrayLike<number> | undefined, size: number, what: string): Float64Array {
  if (values?.length !== size) throw new RangeError(`${what} has ${values?.length ?? 'no'} values, expected ${size}`);
  return Float64Array.from(values);
}
