import { type BinaryName, UNARY, type UnaryName } from '../../program/ir';
import type { Builder, Value } from '../builder';
import { attribute, type Call, dtypeOf, inputOf, registerTracedKernel } from '../registry';

const unaries: Readonly<Record<string, UnaryName>> = {
  Neg: 'neg',
  Abs: 'abs',
  Square: 'square',
  Relu: 'relu',
  Relu6: 'relu6',
  Sign: 'sign',
  Floor: 'floor',
  Ceil: 'ceil',
  Round: 'round',
};
for (const [kernel, name] of Object.entries(unaries))
  registerTracedKernel(kernel, (call) => call.builder.unary(name, inputOf(call, 'x')));

/** These give float32 whatever they are given. */
const floating: Readonly<Record<string, UnaryName>> = {
  Exp: 'exp',
  Expm1: 'expm1',
  Log: 'log',
  Log1p: 'log1p',
  Sqrt: 'sqrt',
  Rsqrt: 'rsqrt',
  Reciprocal: 'reciprocal',
  Elu: 'elu',
  Selu: 'selu',
  Sigmoid: 'sigmoid',
  Tanh: 'tanh',
  Softplus: 'softplus',
  Erf: 'erf',
  Sin: 'sin',
  Cos: 'cos',
};
for (const [kernel, name] of Object.entries(floating))
  registerTracedKernel(kernel, (call) => call.builder.unary(name, inputOf(call, 'x'), 'float32'));

registerTracedKernel('IsNan', (call) => call.builder.unary('isNaN', inputOf(call, 'x'), 'bool'));
registerTracedKernel('LogicalNot', (call) => call.builder.unary('not', inputOf(call, 'x'), 'bool'));
registerTracedKernel('IsInf', (call) => {
  const { builder } = call;
  return builder.binary('equal', builder.unary('abs', inputOf(call, 'x')), builder.fill(Infinity, []));
});
registerTracedKernel('IsFinite', (call) => {
  const { builder } = call;
  return builder.binary('less', builder.unary('abs', inputOf(call, 'x')), builder.fill(Infinity, []));
});

const binaries: Readonly<Record<string, BinaryName>> = {
  Add: 'add',
  Sub: 'sub',
  Multiply: 'mul',
  FloorDiv: 'floorDiv',
  Mod: 'mod',
  Pow: 'pow',
  Minimum: 'min',
  Maximum: 'max',
  SquaredDifference: 'squaredDifference',
  Equal: 'equal',
  NotEqual: 'notEqual',
  Less: 'less',
  LessEqual: 'lessEqual',
  Greater: 'greater',
  GreaterEqual: 'greaterEqual',
  LogicalAnd: 'and',
  LogicalOr: 'or',
  Atan2: 'atan2',
};
for (const [kernel, name] of Object.entries(binaries))
  registerTracedKernel(kernel, (call) => call.builder.binary(name, inputOf(call, 'a'), inputOf(call, 'b')));

registerTracedKernel('RealDiv', (call) => {
  const { builder } = call;
  return builder.binary('div', builder.cast(inputOf(call, 'a'), 'float32'), inputOf(call, 'b'));
});
registerTracedKernel('Prelu', (call) => call.builder.binary('prelu', inputOf(call, 'x'), inputOf(call, 'alpha')));
registerTracedKernel('EluGrad', (call) => call.builder.binary('eluGrad', inputOf(call, 'dy'), inputOf(call, 'y')));
registerTracedKernel('LeakyRelu', (call) => {
  const { builder } = call;
  return builder.binary('prelu', inputOf(call, 'x'), builder.fill(attribute<number>(call, 'alpha'), []));
});
registerTracedKernel('Step', (call) => {
  const { builder } = call;
  const x = inputOf(call, 'x');
  // NaN stays NaN in tfjs; the slope below zero is 0 by default.
  return builder.binary('step', x, builder.fill(attribute<number>(call, 'alpha'), [], x.dtype));
});
registerTracedKernel('ClipByValue', (call) => {
  const { builder } = call;
  const x = inputOf(call, 'x');
  const low = builder.fill(attribute<number>(call, 'clipValueMin'), [], x.dtype);
  const high = builder.fill(attribute<number>(call, 'clipValueMax'), [], x.dtype);
  return builder.binary('max', low, builder.binary('min', x, high));
});
registerTracedKernel('AddN', ({ builder, list }) => list.reduce((sum, part) => builder.binary('add', sum, part)));
registerTracedKernel('Select', (call) => {
  const { builder } = call;
  let condition = inputOf(call, 'condition');
  const [a, b] = [inputOf(call, 't'), inputOf(call, 'e')];
  // A condition of rank 1 selects whole rows.
  if (condition.shape.length === 1 && a.shape.length > 1)
    condition = builder.reshape(condition, [...condition.shape, ...new Array<number>(a.shape.length - 1).fill(1)]);
  return builder.select(condition, a, b);
});
registerTracedKernel('Cast', (call) => call.builder.cast(inputOf(call, 'x'), dtypeOf(attribute(call, 'dtype'))));
registerTracedKernel('Identity', (call) => inputOf(call, 'x'));
registerTracedKernel('ZerosLike', (call) => like(call, 0));
registerTracedKernel('OnesLike', (call) => like(call, 1));

function like(call: Call, value: number): Value {
  const { shape, dtype } = inputOf(call, 'x');
  return call.builder.fill(value, shape, dtype);
}

/** An activation by the name that tfjs' fused kernels give it. */
export function activate(
  builder: Builder,
  x: Value,
  {
    activation,
    prelu,
    alpha,
  }: { activation?: string | undefined; prelu?: Value | undefined; alpha?: number | undefined },
): Value {
  if (activation === undefined || activation === 'linear') return x;
  if (activation === 'prelu' && prelu !== undefined) return builder.binary('prelu', x, prelu);
  if (activation === 'leakyrelu') return builder.binary('prelu', x, builder.fill(alpha ?? 0.2, []));
  return builder.unary(UNARY.find((name) => name === activation)!, x);
}
