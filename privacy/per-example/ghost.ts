import * as tf from '@tensorflow/tfjs';
import type { Params } from '../../src/core/types';
import { materialised, once, type PerExample } from './gradients';
import { observe, type Use } from './observe';
import { joined } from './outer';
import { contributionOf, gradientsOf } from './rules';

/**
 * Every parameter's gradients of the `n` examples' losses, from one forward and one backward pass: inputs and output
 * derivatives of each operation say what is needed. A parameter that the loss does not depend on is left out. Throws
 * KdlabError where an operation is not known (see `rules`).
 */
export function ghostGradients(
  loss: () => tf.Scalar,
  params: Params,
  n: number,
): { value: tf.Scalar; gradients: Readonly<Record<string, PerExample>> } {
  const { value, uses } = observe(loss, params);
  const gradients = Object.entries(uses).map(([name, found]) => [name, ofParameter(name, found, n)]);
  return { value, gradients: Object.fromEntries(gradients) };
}

function ofParameter(name: string, uses: readonly Use[], n: number): PerExample {
  const all = uses.map((use) => ({ view: use.view, part: contributionOf(name, use, n) }));
  const [first, ...more] = all as [(typeof all)[0], ...typeof all];
  const products = all.flatMap(({ part }) => (part.kind === 'outer' ? [part] : []));
  const alike = products.every((each) => each.shape.join() === products[0]!.shape.join());
  if (more.length > 0 && !(products.length === all.length && alike && direct(uses))) {
    const sum = once(() =>
      all.map(({ view, part }) => view(gradientsOf(part).all(), [n])).reduce((a, b) => tf.add(a, b)),
    );
    const whole = once(() => materialised(sum()));
    return { squares: () => whole().squares(), sum: (factors) => whole().sum(factors), all: sum };
  }
  const one = gradientsOf(
    more.length > 0 ? { ...products[0]!, outer: joined(products.map((each) => each.outer)) } : first.part,
  );
  return {
    squares: one.squares,
    sum: (factors) => first.view(one.sum(factors), []),
    all: () => first.view(one.all(), [n]),
  };
}

/** Whether all uses saw the parameter as it is or in the same way: the same operation, and the same side. */
function direct(uses: readonly Use[]): boolean {
  return uses.every(
    ({ kernel, place, attributes, inputs }) =>
      kernel === uses[0]!.kernel &&
      attributes.transposeB === uses[0]!.attributes.transposeB &&
      inputs[place] instanceof tf.Variable,
  );
}
