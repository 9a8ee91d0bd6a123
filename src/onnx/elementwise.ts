import { KdlabError } from '../core/errors';
import type { BinaryName, UnaryName } from '../engine/program/ir';
import type { Named, Writer } from './writer';

type Unary = (writer: Writer, x: Named) => Named;
type Binary = (writer: Writer, a: Named, b: Named) => Named;

const float = (writer: Writer, opType: string, ...inputs: Named[]) => writer.op(opType, inputs, 'float32');
const plain =
  (opType: string): Unary =>
  (writer, x) =>
    float(writer, opType, x);

/** On float32, to float32, but for `isNaN` and `not`, which give bool. */
const UNARY: Readonly<Record<UnaryName, Unary>> = {
  neg: plain('Neg'),
  abs: plain('Abs'),
  exp: plain('Exp'),
  expm1: (w, x) => float(w, 'Sub', float(w, 'Exp', x), w.float(1)),
  log: plain('Log'),
  log1p: (w, x) => float(w, 'Log', float(w, 'Add', x, w.float(1))),
  sqrt: plain('Sqrt'),
  rsqrt: (w, x) => float(w, 'Reciprocal', float(w, 'Sqrt', x)),
  square: (w, x) => float(w, 'Mul', x, x),
  reciprocal: plain('Reciprocal'),
  relu: plain('Relu'),
  relu6: (w, x) => float(w, 'Clip', x, w.float(0), w.float(6)),
  elu: plain('Elu'),
  selu: plain('Selu'),
  sigmoid: plain('Sigmoid'),
  tanh: plain('Tanh'),
  softplus: plain('Softplus'),
  erf: plain('Erf'),
  sin: plain('Sin'),
  cos: plain('Cos'),
  sign: plain('Sign'),
  floor: plain('Floor'),
  ceil: plain('Ceil'),
  round: plain('Round'),
  isNaN: (w, x) => w.op('IsNaN', [x], 'bool'),
  not: (w, x) => w.op('Not', [w.cast(x, 'bool')], 'bool'),
};

const arithmetic =
  (opType: string): Binary =>
  (writer, a, b) =>
    float(writer, opType, a, b);
const comparison =
  (opType: string): Binary =>
  (writer, a, b) =>
    writer.op(opType, [a, b], 'bool');
const logic =
  (opType: string): Binary =>
  (writer, a, b) =>
    writer.op(opType, [writer.cast(a, 'bool'), writer.cast(b, 'bool')], 'bool');
const positive = (writer: Writer, x: Named) => writer.op('Greater', [x, writer.float(0)], 'bool');
const floorDiv: Binary = (w, a, b) => float(w, 'Floor', float(w, 'Div', a, b));

const BINARY: Readonly<Partial<Record<BinaryName, Binary>>> = {
  add: arithmetic('Add'),
  sub: arithmetic('Sub'),
  mul: arithmetic('Mul'),
  div: arithmetic('Div'),
  floorDiv,
  mod: (w, a, b) => float(w, 'Sub', a, float(w, 'Mul', floorDiv(w, a, b), b)),
  pow: arithmetic('Pow'),
  min: arithmetic('Min'),
  max: arithmetic('Max'),
  squaredDifference: (w, a, b) => UNARY.square(w, float(w, 'Sub', a, b)),
  equal: comparison('Equal'),
  notEqual: (w, a, b) => w.op('Not', [w.op('Equal', [a, b], 'bool')], 'bool'),
  less: comparison('Less'),
  lessEqual: comparison('LessOrEqual'),
  greater: comparison('Greater'),
  greaterEqual: comparison('GreaterOrEqual'),
  and: logic('And'),
  or: logic('Or'),
  prelu: (w, x, a) => float(w, 'Where', w.op('Less', [x, w.float(0)], 'bool'), float(w, 'Mul', a, x), x),
  step: (w, x, a) => float(w, 'Where', positive(w, x), w.float(1), a),
};

/** An operation on float32. */
export function writeUnary(writer: Writer, name: UnaryName, x: Named): Named {
  return UNARY[name](writer, writer.cast(x, 'float32'));
}

/** An operation on float32, which broadcasts. Throws KdlabError where ONNX has nothing like it. */
export function writeBinary(writer: Writer, name: BinaryName, a: Named, b: Named): Named {
  const write = BINARY[name];
  if (write === undefined) throw new KdlabError(`the operation "${name}" cannot be written as ONNX`);
  return write(writer, writer.cast(a, 'float32'), writer.cast(b, 'float32'));
}
