import { bytesOf, decodeNumbers, NUMBER_TYPES, type Numbers } from '../numbers';

/** The only names a pickle may refer to. None is ever imported or called: each stands for a fixed piece of code below. */
export const GLOBALS = [
  'scipy.sparse.csr csr_matrix',
  'numpy.core.multiarray _reconstruct',
  'numpy ndarray',
  'numpy dtype',
  'collections defaultdict',
  '__builtin__ list',
] as const;

export class Global {
  constructor(readonly name: (typeof GLOBALS)[number]) {}
}

export class Tuple {
  constructor(readonly items: readonly Value[]) {}
}

export class Dtype {
  littleEndian = false;
  constructor(readonly code: string) {}
}

/** An array once its state was set: `shape`, and its elements in row-major order. */
export class PickledArray {
  shape: readonly number[] = [];
  values: Numbers = new Uint8Array(0);
}

/** A scipy.sparse matrix; its parts by name, as scipy calls them. */
export class PickledMatrix {
  state: ReadonlyMap<number | string, Value> = new Map();
}

export type Value =
  | number
  | boolean
  | null
  | Uint8Array
  | Value[]
  | Map<number | string, Value>
  | Tuple
  | Global
  | Dtype
  | PickledArray
  | PickledMatrix;

/** Strings stand for names here; longer ones are data. */
const NAME_LENGTH = 64;

/** A byte string as text; undefined for any other value. */
export function textOf(value: Value | undefined): string | undefined {
  return value instanceof Uint8Array && value.length <= NAME_LENGTH ? Buffer.from(value).toString('latin1') : undefined;
}

/** What calling a global with arguments gives. Throws RangeError for any call that these files do not make. */
export function called(callee: Value, args: Value): Value {
  const name = callee instanceof Global ? callee.name : undefined;
  const items = args instanceof Tuple ? args.items : [];
  const [first, second, third] = items;
  if (name === 'numpy dtype' && items.length === 3) {
    const code = textOf(first);
    if (code !== undefined && bytesOf(code) !== undefined) return new Dtype(code);
    throw new RangeError(`an array of type "${code ?? kindOf(first)}", expected one of ${NUMBER_TYPES.join(', ')}`);
  }
  if (name === 'numpy.core.multiarray _reconstruct' && isGlobal(first, 'numpy ndarray'))
    if (second instanceof Tuple && third instanceof Uint8Array) return new PickledArray();
  if (name === 'collections defaultdict' && items.length === 1 && isGlobal(first, '__builtin__ list')) return new Map();
  throw new RangeError(`a call of ${name ?? kindOf(callee)} with ${items.map(kindOf).join(', ') || 'no arguments'}`);
}

/** What `csr_matrix.__new__()` gives; nothing else is made so. */
export function made(type: Value, args: Value): Value {
  if (isGlobal(type, 'scipy.sparse.csr csr_matrix') && args instanceof Tuple && args.items.length === 0)
    return new PickledMatrix();
  throw new RangeError(`a new ${type instanceof Global ? type.name : kindOf(type)}`);
}

/** Gives an object its state. Throws RangeError where the state does not fit it. */
export function build(target: Value, state: Value): void {
  if (target instanceof Dtype && state instanceof Tuple) {
    const order = textOf(state.items[1]);
    if (order !== '<' && order !== '|')
      throw new RangeError(`bytes in the order "${order}", expected "<" (little-endian)`);
    target.littleEndian = true;
  } else if (target instanceof PickledArray && state instanceof Tuple) fill(target, state.items);
  else if (target instanceof PickledMatrix && state instanceof Map) target.state = state;
  else throw new RangeError(`a state (${kindOf(state)}) for ${kindOf(target)}`);
}

function fill(array: PickledArray, [, shape, type, fortran, bytes]: readonly Value[]): void {
  const sizes = shape instanceof Tuple ? shape.items : [];
  const ok = sizes.every((size): size is number => typeof size === 'number' && size >= 0);
  if (!ok || sizes.length === 0 || !(type instanceof Dtype) || !type.littleEndian || !(bytes instanceof Uint8Array))
    throw new RangeError('an array without shape, element type or bytes');
  if (fortran !== false) throw new RangeError('an array in column order, expected row order');
  const expected = sizes.reduce((product, size) => product * size, bytesOf(type.code)!);
  if (expected !== bytes.length)
    throw new RangeError(
      `an array of shape ${sizes.join(' × ')} and type ${type.code} with ${bytes.length} bytes, expected ${expected}`,
    );
  array.shape = sizes;
  array.values = decodeNumbers(type.code, bytes);
}

export function kindOf(value: Value | undefined): string {
  if (value === null || value === undefined) return 'nothing';
  if (value instanceof Global) return value.name;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return typeof value === 'object' ? value.constructor.name : typeof value;
}

function isGlobal(value: Value | undefined, name: (typeof GLOBALS)[number]): boolean {
  return value instanceof Global && value.name === name;
}
