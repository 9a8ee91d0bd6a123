import { KdlabError } from '../core/errors';
import { inputsOf, type Node, type NodeId, type Op } from '../engine/program/ir';
import type { AnyBatch, Length } from './batch';
import { writeBinary, writeUnary } from './elementwise';
import { writeWindow } from './window';
import { type Named, tensor, type Writer } from './writer';

/** Ends a slice after the last element, whichever way it runs. */
const PAST_THE_END = 2 ** 53;

const REDUCTION = { sum: 'ReduceSum', max: 'ReduceMax', min: 'ReduceMin', prod: 'ReduceProd' } as const;

/** Writes the nodes of a graph as ONNX operators (operator set 18), each when it is first asked for. */
export class Translation<V> {
  private readonly written = new Map<NodeId, Named>();
  private batch: Named | undefined;

  constructor(
    private readonly writer: Writer,
    private readonly from: AnyBatch<V>,
    private readonly parameter: (variable: V) => { readonly name: string; readonly values: ArrayLike<number> },
  ) {}

  /** The tensor of a node. Throws KdlabError where ONNX has no operator for it or for something it depends on. */
  tensorOf(id: NodeId): Named {
    // Iteratively: a graph may be deeper than the stack.
    const pending = [id];
    while (pending.length > 0) {
      const next = pending.at(-1)!;
      const missing = inputsOf(this.node(next).op).filter((input) => !this.written.has(input));
      if (missing.length === 0) {
        pending.pop();
        if (!this.written.has(next)) this.written.set(next, this.write(this.node(next)));
      } else pending.push(...missing);
    }
    return this.written.get(id)!;
  }

  lengthsOf(id: NodeId): readonly Length[] {
    return this.from.lengths[id]!;
  }

  private node(id: NodeId): Node {
    return this.from.graph.nodes[id]!;
  }

  private write(node: Node): Named {
    const inputs = inputsOf(node.op).map((id) => this.written.get(id)!);
    const result = this.compute(node, inputs);
    return this.writer.cast(result, node.dtype);
  }

  /** The node's values, perhaps of another type. */
  private compute({ id, op, shape, dtype }: Node, inputs: readonly Named[]): Named {
    const { writer } = this;
    const [x, y] = inputs as [Named, Named];
    switch (op.kind) {
      case 'input':
        return { name: op.name, type: dtype };
      case 'variable': {
        const { name, values } = this.parameter(this.from.graph.variables[op.index]!);
        return writer.initializer(name, dtype, shape, values);
      }
      case 'constant':
        return writer.initializer(`values_${id}`, dtype, shape, op.values);
      case 'fill':
        return writer.op('ConstantOfShape', [this.shapeOf(id)], dtype, { value: tensor(dtype, [1], [op.value]) });
      case 'unary':
        return writeUnary(writer, op.name, x);
      case 'binary':
        return writeBinary(writer, op.name, x, y);
      case 'select': {
        const branches = inputs.slice(1).map((branch) => writer.cast(branch, dtype));
        return writer.op('Where', [writer.cast(x, 'bool'), ...branches], dtype);
      }
      case 'cast':
        return x;
      case 'matmul':
        return this.matmul(op, shape.length, writer.cast(x, 'float32'), writer.cast(y, 'float32'));
      case 'reduce':
        return this.reduce(op, x);
      case 'argReduce': {
        const opType = op.name === 'max' ? 'ArgMax' : 'ArgMin';
        return writer.op(opType, [writer.cast(x, 'float32')], 'int64', { axis: op.axis, keepdims: 0 });
      }
      case 'reshape':
        return writer.op('Reshape', [x, this.shapeOf(id)], x.type);
      case 'transpose':
        return writer.op('Transpose', [x], x.type, { perm: op.permutation });
      case 'broadcast':
        return writer.op('Expand', [x, this.shapeOf(id)], x.type);
      case 'slice':
        return this.slice(op, id, x);
      case 'pad': {
        const after = this.lengthsOf(id).map((length, axis) => {
          const input = this.lengthsOf(op.inputs[0])[axis]!;
          if (typeof length === 'number' && typeof input === 'number') return length - input - op.before[axis]!;
          if (same(length, input)) return 0;
          throw new KdlabError('padding along the batch cannot be written as ONNX');
        });
        const value = writer.cast(writer.float(op.value), x.type);
        return writer.op('Pad', [x, writer.integers([...op.before, ...after]), value], x.type);
      }
      case 'concat':
        return writer.op('Concat', inputs, x.type, { axis: op.axis });
      case 'gather':
        return writer.op('Gather', [x, y], x.type, { axis: op.axis });
      case 'oneHot': {
        const depth = shape.at(-1)!;
        const classes = writer.constant('int32', [depth], [...new Array(depth).keys()]);
        const column = writer.op('Unsqueeze', [writer.cast(x, 'int32'), writer.integers([-1])], 'int32');
        const [on, off] = [writer.float(op.on), writer.float(op.off)];
        return writer.op('Where', [writer.op('Equal', [column, classes], 'bool'), on, off], 'float32');
      }
      case 'cumsum': {
        const attributes = { exclusive: Number(op.exclusive), reverse: Number(op.reverse) };
        return writer.op(
          'CumSum',
          [writer.cast(x, 'float32'), writer.constant('int64', [], [op.axis])],
          'float32',
          attributes,
        );
      }
      case 'softmax':
        return writer.op('Softmax', [writer.cast(x, 'float32')], 'float32', { axis: -1 });
      case 'windowed':
        return writeWindow(writer, op, inputs);
      case 'segmentSum':
      case 'random':
        throw new KdlabError(`the operation "${op.kind}" cannot be written as ONNX`);
      case 'custom':
        throw new KdlabError(`the operation "${op.name}" cannot be written as ONNX`);
    }
  }

  private matmul(op: Extract<Op, { kind: 'matmul' }>, rank: number, a: Named, b: Named): Named {
    if (rank === 2 && (op.transposeA || op.transposeB))
      return this.writer.op('Gemm', [a, b], 'float32', {
        transA: Number(op.transposeA),
        transB: Number(op.transposeB),
      });
    const perm = [...new Array(rank).keys()].map((_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i));
    const turned = (x: Named, turn: boolean) => (turn ? this.writer.op('Transpose', [x], 'float32', { perm }) : x);
    return this.writer.op('MatMul', [turned(a, op.transposeA), turned(b, op.transposeB)], 'float32');
  }

  private reduce({ name, axes }: Extract<Op, { kind: 'reduce' }>, x: Named): Named {
    const { writer } = this;
    const opType = name === 'any' ? 'ReduceMax' : name === 'all' ? 'ReduceMin' : REDUCTION[name];
    // Of truth values: whether there is one that is not 0.
    const values = name === 'any' || name === 'all' ? writer.cast(x, 'bool') : x;
    return writer.op(opType, [writer.cast(values, 'float32'), writer.integers(axes)], 'float32', { keepdims: 0 });
  }

  private slice(op: Extract<Op, { kind: 'slice' }>, id: NodeId, x: Named): Named {
    const from = this.lengthsOf(op.inputs[0]);
    const cut = { starts: [] as number[], ends: [] as number[], axes: [] as number[], steps: [] as number[] };
    this.lengthsOf(id).forEach((length, axis) => {
      const [begin, stride] = [op.begin[axis]!, op.strides[axis]!];
      if (begin === 0 && stride === 1 && same(length, from[axis]!)) return;
      if (typeof length !== 'number') throw new KdlabError('a slice along the batch cannot be written as ONNX');
      const end = begin + length * stride;
      cut.starts.push(begin);
      cut.ends.push(end < 0 ? -PAST_THE_END : end);
      cut.axes.push(axis);
      cut.steps.push(stride);
    });
    if (cut.axes.length === 0) return x;
    const operands = [cut.starts, cut.ends, cut.axes, cut.steps].map((values) => this.writer.integers(values));
    return this.writer.op('Slice', [x, ...operands], x.type);
  }

  /** The shape of a node as a tensor; computed from the size of the batch where it depends on it. */
  private shapeOf(id: NodeId): Named {
    const { writer } = this;
    const lengths = this.lengthsOf(id);
    if (lengths.every((length) => typeof length === 'number')) return writer.integers(lengths as number[]);
    // One unknown length of a reshape follows from the others.
    if (this.node(id).op.kind === 'reshape' && lengths.filter((length) => typeof length !== 'number').length === 1)
      return writer.integers(lengths.map((length) => (typeof length === 'number' ? length : -1)));
    const parts = lengths.map((length) => {
      if (typeof length === 'number') return writer.integers([length]);
      return writer.op('Mul', [this.batchSize(), writer.integers([length.times])], 'int64');
    });
    return writer.op('Concat', parts, 'int64', { axis: 0 });
  }

  /** [1]: from the first input whose first axis is the batch. */
  private batchSize(): Named {
    if (this.batch === undefined) {
      const input = this.from.graph.nodes.find(
        ({ id, op }) => op.kind === 'input' && same(this.lengthsOf(id)[0] ?? 0, { times: 1 }),
      );
      if (input?.op.kind !== 'input')
        throw new KdlabError('no input of the computation has the batch as its first axis');
      const given = { name: input.op.name, type: input.dtype };
      this.batch = this.writer.op('Shape', [given], 'int64', { start: 0, end: 1 });
    }
    return this.batch;
  }
}

function same(a: Length, b: Length): boolean {
  return typeof a === 'number' || typeof b === 'number' ? a === b : a.times === b.times;
}
