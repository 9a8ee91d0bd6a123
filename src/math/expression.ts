import type { EvalFunction, MathNode } from 'mathjs';

const FUNCTIONS = new Set(
  'abs ceil cos cosh exp expm1 floor log log10 log1p log2 max min mod pow round sign sin sinh sqrt tan tanh'.split(' '),
);
const CONSTANTS = new Set(['pi', 'e', 'tau']);
const NODES = new Set([
  'ConstantNode',
  'SymbolNode',
  'OperatorNode',
  'ParenthesisNode',
  'ConditionalNode',
  'FunctionNode',
]);

/**
 * Compiles an arithmetic expression of the given variables, for example `0.1 * exp(-3 * progress)`. Only numbers,
 * operators, `a ? b : c` and plain mathematical functions are admitted: the parse tree is checked against a whitelist,
 * so that assignments, property access, imports and everything else the parser knows cannot run. Throws Error
 * saying what is not admitted.
 */
export function compileExpression(
  expression: string,
  variables: readonly string[],
): (values: Readonly<Record<string, number>>) => number {
  // Loaded on first use: most configurations hold no expression, and the library takes a while to load.
  const mathjs = require('mathjs') as typeof import('mathjs');
  const tree = mathjs.parse(expression);
  tree.traverse((node) => checkNode(node, variables));
  const code: EvalFunction = tree.compile();
  return (values) => {
    const result: unknown = code.evaluate({ ...values });
    if (typeof result === 'boolean') return Number(result);
    if (typeof result !== 'number') throw new Error(`"${expression}" gives ${String(result)}, expected a number`);
    return result;
  };
}

function checkNode(node: MathNode, variables: readonly string[]): void {
  if (!NODES.has(node.type))
    throw new Error(`${node.type.replace('Node', '').toLowerCase()} is not admitted in an expression`);
  if (node.type === 'FunctionNode') {
    const name = (node as MathNode & { fn: { name?: string } }).fn.name ?? '';
    if (!FUNCTIONS.has(name))
      throw new Error(`function "${name}" is not admitted; admitted are ${[...FUNCTIONS].join(', ')}`);
  }
  if (node.type === 'SymbolNode') {
    const { name } = node as MathNode & { name: string };
    if (!variables.includes(name) && !CONSTANTS.has(name) && !FUNCTIONS.has(name))
      throw new Error(`"${name}" is unknown; an expression knows ${[...variables, ...CONSTANTS].join(', ')}`);
  }
  if (node.type === 'ConstantNode' && typeof (node as MathNode & { value: unknown }).value !== 'number')
    throw new Error('only numbers are admitted as constants');
}
