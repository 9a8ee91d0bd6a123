import type { Executor } from '../../../src/engine/executor';
import {
  ACTIVATIONS,
  MAX_INPUTS,
  MAX_OPERATIONS,
  MAX_RANK,
  MAX_REGISTERS,
  MICRO,
  type Micro,
  NONE,
  OPCODES,
  REDUCE_KINDS,
} from '../../../src/engine/program/instructions';

/*
 * A second, plain implementation of the instructions, element by element in double precision: what `encode` writes is
 * checked against `evaluate` by it, apart from the kernels. It knows no windows and no random numbers.
 */

const UNARY: Partial<Record<Micro, (x: number) => number>> = {
  copy: (x) => x,
  truncate: Math.trunc,
  toBool: (x) => Number(x !== 0),
  neg: (x) => -x,
  abs: Math.abs,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  square: (x) => x * x,
  reciprocal: (x) => 1 / x,
  relu: (x) => Math.max(0, x),
  relu6: (x) => Math.min(6, Math.max(0, x)),
  elu: (x) => (x >= 0 ? x : Math.expm1(x)),
  selu: (x) => 1.0507009873554805 * (x >= 0 ? x : 1.6732632423543772 * Math.expm1(x)),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  sin: Math.sin,
  cos: Math.cos,
  sign: Math.sign,
  floor: Math.floor,
  ceil: Math.ceil,
  round: (x) => {
    const low = Math.floor(x);
    if (x - low !== 0.5) return Math.round(x);
    return low % 2 === 0 ? low : low + 1;
  },
  isNaN: (x) => Number(Number.isNaN(x)),
  not: (x) => Number(x === 0),
};

const BINARY: Partial<Record<Micro, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  floorDiv: (a, b) => Math.floor(a / b),
  mod: (a, b) => a - b * Math.floor(a / b),
  pow: (a, b) => a ** b,
  min: Math.min,
  max: Math.max,
  squaredDifference: (a, b) => (a - b) ** 2,
  equal: (a, b) => Number(a === b),
  notEqual: (a, b) => Number(a !== b),
  less: (a, b) => Number(a < b),
  lessEqual: (a, b) => Number(a <= b),
  greater: (a, b) => Number(a > b),
  greaterEqual: (a, b) => Number(a >= b),
  and: (a, b) => Number(a !== 0 && b !== 0),
  or: (a, b) => Number(a !== 0 || b !== 0),
  atan2: Math.atan2,
  prelu: (x, a) => (x < 0 ? a * x : x),
  step: (x, a) => (x > 0 ? 1 : a),
  eluGrad: (dy, y) => (y >= 0 ? dy : dy * (y + 1)),
};

const REDUCE: Record<(typeof REDUCE_KINDS)[number], { from: number; with: (a: number, b: number) => number }> = {
  sum: { from: 0, with: (a, b) => a + b },
  max: { from: Number.NEGATIVE_INFINITY, with: Math.max },
  min: { from: Number.POSITIVE_INFINITY, with: Math.min },
  prod: { from: 1, with: (a, b) => a * b },
  any: { from: 0, with: (a, b) => Number(a !== 0 || b !== 0) },
  all: { from: 1, with: (a, b) => Number(a !== 0 && b !== 0) },
};

/** An executor of the instructions in TypeScript. It also checks what the instructions promise of the memory. */
export class Interpreter implements Executor {
  readonly name = 'wasm';
  readonly threads = 1;
  private readonly bytes: ArrayBuffer;
  private readonly memory: Float32Array;
  private readonly integers: Int32Array;
  private readonly programs = new Map<number, Int32Array>();
  private handles = 0;

  /** `backwards`: what lies between two barriers is run last to first, as threads might. */
  constructor(
    private readonly elements: number,
    private readonly backwards = false,
  ) {
    this.bytes = new ArrayBuffer(4 * elements);
    this.memory = new Float32Array(this.bytes).fill(Number.NaN);
    this.integers = new Int32Array(this.bytes);
  }

  reserve(elements: number): void {
    if (elements > this.elements) throw new RangeError(`${elements} of ${this.elements} elements`);
  }

  floats(address: number, count: number): Float32Array {
    return new Float32Array(this.bytes, 4 * address, count);
  }

  ints(address: number, count: number): Int32Array {
    return new Int32Array(this.bytes, 4 * address, count);
  }

  load(code: Int32Array): number {
    this.programs.set(++this.handles, code.slice());
    return this.handles;
  }

  unload(handle: number): void {
    this.programs.delete(handle);
  }

  run(handle: number): void {
    const code = this.programs.get(handle)!;
    let round: (() => void)[] = [];
    for (let at = 0; ; at += code[at + 1]!) {
      const opcode = OPCODES[code[at]!]!;
      const words = new Words(code.subarray(at + 2, at + code[at + 1]!));
      if (opcode !== 'barrier' && opcode !== 'end') round.push(() => this.execute(opcode, words));
      else {
        for (const run of this.backwards ? round.reverse() : round) run();
        round = [];
      }
      if (opcode === 'end') return;
    }
  }

  private execute(opcode: (typeof OPCODES)[number], words: Words): void {
    const { memory, integers } = this;
    switch (opcode) {
      case 'map': {
        const body = this.body(words);
        const outputs = words.list(words.next(), () => [words.next(), words.next(), words.next()] as const);
        // Everything is computed before anything is written, but an input that is overwritten must be read in place.
        const results = Array.from({ length: body.count }, (_, i) => body.compute(i));
        for (const [register, address, type] of outputs) {
          body.assertOnlyInPlace(address);
          for (const [i, registers] of results.entries()) this.store(address + i, type, registers[register]!);
        }
        break;
      }
      case 'reduce': {
        const [kind, outer, reduced, inner, out, type] = words.take(6);
        const body = this.body(words);
        const register = words.next();
        const { from, with: combine } = REDUCE[REDUCE_KINDS[kind!]!];
        for (let o = 0; o < outer!; o++)
          for (let i = 0; i < inner!; i++) {
            let result = from;
            for (let r = 0; r < reduced!; r++)
              result = combine(result, body.compute((o * reduced! + r) * inner! + i)[register]!);
            this.store(out! + o * inner! + i, type!, result);
          }
        break;
      }
      case 'gemm': {
        const [batch, m, n, k, ta, tb, a, b, c, sa, sb, sc, bias, activation, accumulate] = words.take(15) as [
          number, number, number, number, number, number, number, number, number, number, number, number, number, number, number,
        ]; // biome-ignore format: a table
        for (let z = 0; z < batch; z++)
          for (let i = 0; i < m; i++)
            for (let j = 0; j < n; j++) {
              let sum = accumulate === 1 ? memory[c + z * sc + i * n + j]! : 0;
              for (let l = 0; l < k; l++) {
                const left = memory[a + z * sa + (ta === 1 ? l * m + i : i * k + l)]!;
                sum += left * memory[b + z * sb + (tb === 1 ? j * k + l : l * n + j)]!;
              }
              if (bias >>> 0 !== NONE) sum += memory[bias + j]!;
              memory[c + z * sc + i * n + j] = ACTIVATIONS[activation] === 'relu' ? Math.max(0, sum) : sum;
            }
        break;
      }
      case 'copy': {
        const rank = words.next();
        const dims = words.take(rank);
        const [from, fromStrides] = [words.next(), words.take(rank)];
        const [to, toStrides] = [words.next(), words.take(rank)];
        for (let i = 0; i < dims.reduce((a, b) => a * b, 1); i++)
          integers[to + offsetOf(i, dims, toStrides)] = integers[from + offsetOf(i, dims, fromStrides)]!;
        break;
      }
      case 'fill': {
        const [to, count, bits] = words.take(3);
        integers.fill(bits!, to!, to! + count!);
        break;
      }
      case 'gather': {
        const [outer, rows, inner, count, x, indices, out] = words.take(7) as [
          number, number, number, number, number, number, number,
        ]; // biome-ignore format: a table
        for (let o = 0; o < outer; o++)
          for (let c = 0; c < count; c++) {
            const from = x + (o * rows + integers[indices + c]!) * inner;
            integers.copyWithin(out + (o * count + c) * inner, from, from + inner);
          }
        break;
      }
      case 'segmentSum': {
        const [n, inner, segments, x, ids, out] = words.take(6) as [number, number, number, number, number, number];
        memory.fill(0, out, out + segments * inner);
        for (let i = 0; i < n; i++) {
          const id = integers[ids + i]!;
          if (id < 0 || id >= segments) continue;
          for (let j = 0; j < inner; j++) memory[out + id * inner + j]! += memory[x + i * inner + j]!;
        }
        break;
      }
      case 'oneHot': {
        const [n, depth, on, off, indices, out] = words.take(6) as [number, number, number, number, number, number];
        for (let i = 0; i < n; i++)
          for (let d = 0; d < depth; d++) integers[out + i * depth + d] = integers[indices + i] === d ? on : off;
        break;
      }
      case 'argReduce': {
        const [which, outer, reduced, inner, x, out] = words.take(6) as [
          number,
          number,
          number,
          number,
          number,
          number,
        ];
        for (let o = 0; o < outer; o++)
          for (let i = 0; i < inner; i++) {
            let best = 0;
            const at = (r: number) => memory[x + (o * reduced + r) * inner + i]!;
            for (let r = 1; r < reduced; r++) if (which === 0 ? at(r) > at(best) : at(r) < at(best)) best = r;
            integers[out + o * inner + i] = best;
          }
        break;
      }
      case 'cumsum': {
        const [outer, n, inner, exclusive, reverse, x, out] = words.take(7) as [
          number, number, number, number, number, number, number,
        ]; // biome-ignore format: a table
        for (let o = 0; o < outer; o++)
          for (let i = 0; i < inner; i++) {
            let sum = 0;
            for (let r = 0; r < n; r++) {
              const at = (o * n + (reverse === 1 ? n - 1 - r : r)) * inner + i;
              const value = memory[x + at]!;
              memory[out + at] = exclusive === 1 ? sum : sum + value;
              sum += value;
            }
          }
        break;
      }
      case 'softmax': {
        const [rows, columns, x, out] = words.take(4) as [number, number, number, number];
        for (let row = 0; row < rows; row++) {
          const values = memory.slice(x + row * columns, x + (row + 1) * columns);
          const top = Math.max(...values);
          const powers = [...values].map((value) => Math.exp(value - top));
          const sum = powers.reduce((a, b) => a + b, 0);
          for (const [j, power] of powers.entries()) memory[out + row * columns + j] = power / sum;
        }
        break;
      }
      default:
        throw new Error(`the interpreter does not know ${opcode}`);
    }
    assert(words.left === 0, `${opcode} has ${words.left} words too many`);
  }

  private store(address: number, type: number, value: number): void {
    if (type === 0) this.memory[address] = value;
    else this.integers[address] = value;
  }

  private body(words: Words): Body {
    const { memory, integers } = this;
    const count = words.next();
    const dims = words.take(words.next());
    assert(dims.length <= MAX_RANK, 'too many digits');
    assert(dims.reduce((a, b) => a * b, 1) === count, `digits ${dims} of ${count} elements`);
    const inputs = words.list(words.next(), () => {
      const [address, type, mode] = words.take(3) as [number, number, number];
      return { address, type, mode, strides: mode === 2 ? words.take(dims.length) : [] };
    });
    const operations = words.list(words.next(), () => words.take(5) as [number, number, number, number, number]);
    assert(inputs.length <= MAX_INPUTS && operations.length <= MAX_OPERATIONS, 'body too large');
    const bits = new Int32Array(1);
    const number = new Float32Array(bits.buffer);
    return {
      count,
      assertOnlyInPlace: (address) => {
        for (const input of inputs)
          if (input.address < address + count && address < input.address + (input.mode === 0 ? count : 1))
            assert(
              (input.mode === 0 || count === 1) && input.address === address,
              'a map overwrites what it reads out of place',
            );
      },
      compute: (i) => {
        const registers = inputs.map(({ address, type, mode, strides }) => {
          const at = address + (mode === 0 ? i : mode === 1 ? 0 : offsetOf(i, dims, strides));
          return type === 0 ? memory[at]! : integers[at]!;
        });
        for (const [code, to, a, b, c] of operations) {
          assert(to < MAX_REGISTERS, `register ${to}`);
          const micro = MICRO[code]!;
          const unary = UNARY[micro];
          const binary = BINARY[micro];
          bits[0] = a;
          if (micro === 'constant') registers[to] = number[0]!;
          else if (micro === 'select') registers[to] = registers[a] !== 0 ? registers[b]! : registers[c]!;
          else if (unary !== undefined) registers[to] = Math.fround(unary(registers[a]!));
          else if (binary !== undefined) registers[to] = Math.fround(binary(registers[a]!, registers[b]!));
          else throw new Error(`the interpreter does not know ${micro}`);
        }
        return registers;
      },
    };
  }
}

interface Body {
  readonly count: number;
  compute(i: number): number[];
  /** Throws where an output at `address` would overwrite an input read elsewhere than in its own place. */
  assertOnlyInPlace(address: number): void;
}

class Words {
  private at = 0;

  constructor(private readonly words: Int32Array) {}

  get left(): number {
    return this.words.length - this.at;
  }

  next(): number {
    return this.words[this.at++]!;
  }

  take(count: number): number[] {
    this.at += count;
    return [...this.words.subarray(this.at - count, this.at)];
  }

  list<T>(count: number, read: () => T): T[] {
    return Array.from({ length: count }, read);
  }
}

function offsetOf(i: number, dims: readonly number[], strides: readonly number[]): number {
  let rest = i;
  let offset = 0;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    offset += (rest % dims[axis]!) * strides[axis]!;
    rest = Math.floor(rest / dims[axis]!);
  }
  return offset;
}

function assert(condition: boolean, message: string): void {
  if (!condition) throw new Error(message);
}
