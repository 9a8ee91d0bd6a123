import type { Builder, Value } from '../builder';
import { attribute, inputOf, registerTracedKernel } from '../registry';
import { Untraceable } from '../untraceable';
import { activate } from './elementwise';

registerTracedKernel('BatchMatMul', (call) =>
  call.builder.matmul(
    inputOf(call, 'a'),
    inputOf(call, 'b'),
    attribute<boolean>(call, 'transposeA'),
    attribute<boolean>(call, 'transposeB'),
  ),
);

registerTracedKernel('_FusedMatMul', (call) => {
  const { builder, inputs, attributes } = call;
  const product = builder.matmul(
    inputOf(call, 'a'),
    inputOf(call, 'b'),
    attributes.transposeA === true,
    attributes.transposeB === true,
  );
  const biased = inputs.bias === undefined ? product : builder.binary('add', product, inputs.bias);
  return activate(builder, biased, {
    activation: attributes.activation as string | undefined,
    prelu: inputs.preluActivationWeights,
    alpha: attributes.leakyreluAlpha as number | undefined,
  });
});

/** Two operands at most, each letter at most once in each: transposes around one batched product, or a sum. */
registerTracedKernel('Einsum', (call) => {
  const { builder, list } = call;
  const equation = attribute<string>(call, 'equation').replaceAll(/\s/g, '');
  const [left, right] = equation.split('->');
  const terms = left!.split(',');
  if (right === undefined || terms.length > 2 || [...terms, right].some((term) => new Set(term).size !== term.length))
    throw new Untraceable('Einsum', `einsum "${equation}" has no compiled form: two operands, no letter twice in one`);
  if (terms.length === 1) return alone(builder, list[0]!, terms[0]!, right);
  const sizes = new Map(
    terms.flatMap((term, i) => [...term].map((letter, k) => [letter, list[i]!.shape[k]!] as const)),
  );
  const [ta, tb] = terms as [string, string];
  const summedAlone = (term: string, other: string) =>
    [...term].filter((l) => !other.includes(l) && !right.includes(l));
  const strip = (x: Value, term: string, other: string): [Value, string] => {
    const gone = summedAlone(term, other);
    const axes = gone.map((letter) => term.indexOf(letter));
    return [builder.reduce('sum', x, axes), [...term].filter((letter) => !gone.includes(letter)).join('')];
  };
  const [a, la] = strip(list[0]!, ta, tb);
  const [b, lb] = strip(list[1]!, tb, ta);
  const shared = [...la].filter((letter) => lb.includes(letter));
  const batch = shared.filter((letter) => right.includes(letter));
  const inner = shared.filter((letter) => !right.includes(letter));
  const rows = [...la].filter((letter) => !shared.includes(letter));
  const columns = [...lb].filter((letter) => !shared.includes(letter));
  const length = (letters: string[]) => letters.reduce((product, letter) => product * sizes.get(letter)!, 1);
  const arrange = (x: Value, term: string, order: string[], shape: number[]) =>
    builder.reshape(
      permuted(
        builder,
        x,
        order.map((letter) => term.indexOf(letter)),
      ),
      shape,
    );
  const product = builder.matmul(
    arrange(a, la, [...batch, ...rows, ...inner], [length(batch), length(rows), length(inner)]),
    arrange(b, lb, [...batch, ...inner, ...columns], [length(batch), length(inner), length(columns)]),
  );
  const order = [...batch, ...rows, ...columns];
  const full = builder.reshape(
    product,
    order.map((letter) => sizes.get(letter)!),
  );
  return permuted(
    builder,
    full,
    [...right].map((letter) => order.indexOf(letter)),
  );
});

function alone(builder: Builder, x: Value, term: string, right: string): Value {
  const gone = [...term].flatMap((letter, axis) => (right.includes(letter) ? [] : [axis]));
  const kept = [...term].filter((letter) => right.includes(letter));
  return permuted(
    builder,
    builder.reduce('sum', x, gone),
    [...right].map((letter) => kept.indexOf(letter)),
  );
}

function permuted(builder: Builder, x: Value, permutation: number[]): Value {
  return permutation.every((axis, i) => axis === i) ? x : builder.transpose(x, permutation);
}
