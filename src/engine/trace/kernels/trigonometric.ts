import type { UnaryName } from '../../program/ir';
import type { Builder, Value } from '../builder';
import { inputOf, registerTracedKernel } from '../registry';

/* Trigonometric and hyperbolic functions, by those that the intermediate form has. */

const functions: Readonly<Record<string, (x: Value, builder: Builder) => Value>> = {
  Tan: (x, b) => b.binary('div', of(b, 'sin', x), of(b, 'cos', x)),
  Asin: (x, b) => b.binary('atan2', x, cathetus(b, x)),
  Acos: (x, b) => b.binary('atan2', cathetus(b, x), x),
  Atan: (x, b) => b.binary('atan2', x, b.fill(1, [])),
  // expm1 keeps the digits of small arguments.
  Sinh: (x, b) => half(b, b.binary('sub', of(b, 'expm1', x), of(b, 'expm1', of(b, 'neg', x)))),
  Cosh: (x, b) => half(b, b.binary('add', of(b, 'exp', x), of(b, 'exp', of(b, 'neg', x)))),
  Asinh: (x, b) => {
    const size = of(b, 'abs', x);
    const square = of(b, 'square', x);
    const root = of(b, 'sqrt', b.binary('add', square, b.fill(1, [])));
    const rest = b.binary('div', square, b.binary('add', root, b.fill(1, [])));
    return b.binary('mul', of(b, 'sign', x), of(b, 'log1p', b.binary('add', size, rest)));
  },
  Acosh: (x, b) => {
    const less = b.binary('sub', x, b.fill(1, []));
    const root = of(b, 'sqrt', b.binary('mul', less, b.binary('add', x, b.fill(1, []))));
    return of(b, 'log1p', b.binary('add', less, root));
  },
  Atanh: (x, b) => half(b, b.binary('sub', of(b, 'log1p', x), of(b, 'log1p', of(b, 'neg', x)))),
};
for (const [kernel, f] of Object.entries(functions))
  registerTracedKernel(kernel, (call) => f(call.builder.cast(inputOf(call, 'x'), 'float32'), call.builder));

function of(builder: Builder, name: UnaryName, x: Value): Value {
  return builder.unary(name, x);
}

function half(builder: Builder, x: Value): Value {
  return builder.binary('mul', x, builder.fill(0.5, []));
}

/** √(1 − x²), without the cancellation of 1 − x² near 1. */
function cathetus(builder: Builder, x: Value): Value {
  const one = builder.fill(1, []);
  return of(builder, 'sqrt', builder.binary('mul', builder.binary('sub', one, x), builder.binary('add', one, x)));
}
