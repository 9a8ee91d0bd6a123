import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { MICRO, type Micro } from '../../../src/engine/program/instructions';
import { bitsOf, everywhere, instruction, numbers } from '../../support/machines';

const f = Math.fround;
const truth = (condition: boolean) => (condition ? 1 : 0);
const larger = (a: number, b: number) => (a > b || Number.isNaN(a) ? a : b);

/** The operations whose result is one rounding of exact arithmetic, or a choice: results must be the same bits. */
const EXACT: Partial<Record<Micro, (a: number, b: number, c: number) => number>> = {
  copy: (a) => a,
  select: (a, b, c) => (a !== 0 ? b : c),
  truncate: Math.trunc,
  toBool: (a) => truth(a !== 0),
  neg: (a) => -a,
  abs: Math.abs,
  sqrt: (a) => f(Math.sqrt(a)),
  square: (a) => f(a * a),
  reciprocal: (a) => f(1 / a),
  relu: (a) => Math.max(a, 0),
  relu6: (a) => Math.min(Math.max(a, 0), 6),
  sign: (a) => (a > 0 ? 1 : a < 0 ? -1 : 0),
  floor: Math.floor,
  ceil: Math.ceil,
  isNaN: (a) => truth(Number.isNaN(a)),
  not: (a) => truth(a === 0),
  add: (a, b) => f(a + b),
  sub: (a, b) => f(a - b),
  mul: (a, b) => f(a * b),
  div: (a, b) => f(a / b),
  min: (a, b) => -larger(-a, -b),
  max: larger,
  squaredDifference: (a, b) => f(f(a - b) * f(a - b)),
  equal: (a, b) => truth(a === b),
  notEqual: (a, b) => truth(a !== b),
  less: (a, b) => truth(a < b),
  lessEqual: (a, b) => truth(a <= b),
  greater: (a, b) => truth(a > b),
  greaterEqual: (a, b) => truth(a >= b),
  and: (a, b) => truth(a !== 0 && b !== 0),
  or: (a, b) => truth(a !== 0 || b !== 0),
  prelu: (a, b) => (a < 0 ? f(a * b) : a),
  step: (a, b) => (a > 0 ? 1 : b),
};
const names = Object.keys(EXACT) as Micro[];

interface InputSpec {
  mode: number;
  whole: boolean;
  strides: number[];
}
interface OperationSpec {
  code: Micro | 'constant';
  destination: number;
  operands: number[];
  constant: number;
}
interface MapSpec {
  dims: number[];
  inputs: InputSpec[];
  operations: OperationSpec[];
  outputs: { register: number; whole: boolean; inPlaceOf: number | undefined }[];
}

const REGISTERS = 8;

const anyMap: fc.Arbitrary<MapSpec> = fc
  .array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 3 })
  .chain((dims) => {
    const input = fc.record({
      mode: fc.constantFrom(0, 1, 2),
      whole: fc.boolean(),
      strides: fc.array(fc.constantFrom(0, 1, 2, 3, 40), { minLength: dims.length, maxLength: dims.length }),
    });
    return fc.record({
      dims: fc.constant(dims),
      inputs: fc.array(input, { minLength: 1, maxLength: 4 }),
      operations: fc.array(
        fc.record({
          code: fc.constantFrom<Micro | 'constant'>('constant', ...names),
          destination: fc.nat(REGISTERS - 1),
          operands: fc.array(fc.nat(REGISTERS - 1), { minLength: 3, maxLength: 3 }),
          constant: fc.constantFrom(0, 1.5, -3, Number.NaN, Number.POSITIVE_INFINITY),
        }),
        { maxLength: 12 },
      ),
      outputs: fc.array(
        fc.record({
          register: fc.nat(REGISTERS - 1),
          whole: fc.boolean(),
          inPlaceOf: fc.option(fc.nat(3), { nil: undefined }),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    });
  });

/** Registers are read after they are written only: what is not written yet becomes input 0. */
function known({ inputs, operations, outputs }: MapSpec): {
  operations: OperationSpec[];
  outputs: MapSpec['outputs'];
} {
  const written = new Set(inputs.keys());
  const register = (wanted: number) => (written.has(wanted) ? wanted : 0);
  const fixed = operations.map((operation) => {
    const operands = operation.operands.map(register);
    written.add(operation.destination);
    return { ...operation, operands };
  });
  return { operations: fixed, outputs: outputs.map((output) => ({ ...output, register: register(output.register) })) };
}

function integer(value: number): number {
  return Number.isNaN(value) ? 0 : Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.trunc(value)));
}

test('bodies of operations, inputs of every kind, results in place: the same bits as one element after the other', () => {
  fc.assert(
    fc.property(anyMap, (spec) => {
      const { dims, inputs } = spec;
      const { operations, outputs } = known(spec);
      const count = dims.reduce((a, b) => a * b, 1);
      const data = inputs.map(({ mode, strides, whole }, i) => {
        const span = mode === 1 ? 1 : mode === 0 ? count : 1 + strides.reduce((a, s, k) => a + s * (dims[k]! - 1), 0);
        const values = numbers(span, i + 1).map((value) => (whole ? Math.round(value * 5) + 0 : value * 4));
        for (let k = 5; k < span; k += 17) values[k] = 0;
        if (!whole) for (let k = 11; k < span; k += 29) values[k] = Number.NaN;
        return values;
      });
      const at = (i: number, element: number): number => {
        const { mode, strides } = inputs[i]!;
        if (mode < 2) return mode === 1 ? 0 : element;
        let rest = element;
        let place = 0;
        for (let axis = dims.length - 1; axis >= 0; axis--) {
          place += (rest % dims[axis]!) * strides[axis]!;
          rest = Math.floor(rest / dims[axis]!);
        }
        return place;
      };
      const expected = outputs.map(() => new Float64Array(count));
      for (let element = 0; element < count; element++) {
        const registers: number[] = data.map((values, i) => values[at(i, element)]!);
        for (const { code, destination, operands, constant } of operations) {
          const [a, b, c] = operands.map((operand) => registers[operand]!) as [number, number, number];
          registers[destination] = code === 'constant' ? constant : EXACT[code]!(a, b, c);
        }
        outputs.forEach(({ register, whole }, k) => {
          const value = registers[register]!;
          expected[k]![element] = whole ? integer(value) : value;
        });
      }
      // Of several outputs in place of the same input one is, the others get buffers of their own.
      const places = new Set<number>();
      const inPlace = outputs.map(({ inPlaceOf, whole }) => {
        if (inPlaceOf === undefined || places.has(inPlaceOf)) return undefined;
        const input = inputs[inPlaceOf];
        if (input === undefined || input.mode !== 0 || input.whole !== whole) return undefined;
        places.add(inPlaceOf);
        return inPlaceOf;
      });
      const results = everywhere((bench) => {
        const addresses = data.map((values, i) => (inputs[i]!.whole ? bench.ints(values) : bench.floats(values)));
        const targets = outputs.map((_, k) => (inPlace[k] === undefined ? bench.room(count) : addresses[inPlace[k]!]!));
        const body = [
          count,
          dims.length,
          ...dims,
          inputs.length,
          ...inputs.flatMap(({ mode, whole, strides }, i) => [
            addresses[i]!,
            Number(whole),
            mode,
            ...(mode === 2 ? strides : []),
          ]),
          operations.length,
          ...operations.flatMap(({ code, destination, operands, constant }) =>
            code === 'constant'
              ? [MICRO.indexOf(code), destination, bitsOf(constant), 0, 0]
              : [MICRO.indexOf(code), destination, ...operands],
          ),
        ];
        const ends = outputs.flatMap(({ register, whole }, k) => [register, targets[k]!, Number(whole)]);
        bench.run(instruction('map', ...body, outputs.length, ...ends));
        const all = new Float32Array(count * outputs.length);
        outputs.forEach(({ whole }, k) => {
          all.set(whole ? bench.readInts(targets[k]!, count) : bench.read(targets[k]!, count), k * count);
        });
        return all;
      });
      for (const result of results)
        outputs.forEach((_, k) => {
          for (let i = 0; i < count; i++) {
            const found = result[k * count + i]!;
            const wanted = expected[k]![i]!;
            assert.ok(
              found === f(wanted) || (Number.isNaN(found) && Number.isNaN(wanted)),
              `${k} ${i}: ${found} ${wanted}`,
            );
          }
        });
    }),
    { numRuns: 500 },
  );
});

test('an output ends where it ends', () => {
  for (const count of [1, 15, 17, 511, 513, 1025]) {
    const results = everywhere((bench) => {
      const x = bench.floats(numbers(count));
      const out = bench.floats(new Float32Array(1100));
      const body = [count, 1, count, 1, x, 0, 0, 1, MICRO.indexOf('neg'), 1, 0, 0, 0];
      bench.run(instruction('map', ...body, 1, 1, out, 0));
      return bench.read(out, 1100);
    });
    const expected = new Float32Array(1100);
    numbers(count).forEach((value, i) => {
      expected[i] = -value;
    });
    for (const result of results) assert.deepEqual(result, expected);
  }
});

test('a result may take the place of a number that it was made of', () => {
  const x = numbers(700).map((value, i) => (i % 7 === 0 ? 0 : value));
  for (const constant of [0, 1])
    for (const name of ['or', 'and', 'add', 'sub', 'min', 'prelu', 'step', 'select'] as const)
      for (const [a, b] of [
        [0, 1],
        [1, 0],
      ] as const) {
        const results = everywhere((bench) => {
          const out = bench.room(700);
          const operations = [
            [MICRO.indexOf('constant'), 1, bitsOf(constant), 0, 0],
            [MICRO.indexOf(name), 1, a, b, a],
          ];
          const body = [700, 1, 700, 1, bench.floats(x), 0, 0, operations.length, ...operations.flat()];
          bench.run(instruction('map', ...body, 1, 1, out, 0));
          return bench.read(out, 700);
        });
        const expected = x.map((value) => {
          const registers = [value, constant];
          return EXACT[name]!(registers[a]!, registers[b]!, registers[a]!) + 0;
        });
        for (const result of results)
          assert.deepEqual(
            result.map((value) => value + 0),
            expected,
            name,
          );
      }
});
