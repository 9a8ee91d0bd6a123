import assert from 'node:assert/strict';
import test from 'node:test';
import { MICRO, type Micro } from '../../../src/engine/program/instructions';
import { everywhere, instruction } from '../../support/machines';

const { NaN: NAN, POSITIVE_INFINITY: INFINITE } = Number;

/** The distance of neighbouring float32 numbers at x. */
function unit(x: number): number {
  const exponent = Math.max(-126, Math.floor(Math.log2(Math.abs(x))));
  return 2 ** (exponent - 23);
}

/** erf to double precision: its series near 0, else the continued fraction of its complement. */
function erf(x: number): number {
  const t = Math.abs(x);
  if (t < 3) {
    let term = t;
    let sum = t;
    for (let n = 1; n < 120; n++) {
      term *= -(t * t) / n;
      sum += term / (2 * n + 1);
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (t + fraction);
  return Math.sign(x) * (1 - Math.exp(-t * t) / Math.sqrt(Math.PI) / (t + fraction));
}

const roundEven = (x: number) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));
const SELU = { scale: 1.0507009873554805, alpha: 1.6732632423543772 };

/** What each function should be, and within how many units in the last place. */
const UNARY: Partial<Record<Micro, [(x: number) => number, number]>> = {
  exp: [Math.exp, 2],
  expm1: [Math.expm1, 4],
  log: [Math.log, 2],
  log1p: [Math.log1p, 3],
  sqrt: [Math.sqrt, 0.51],
  rsqrt: [(x) => 1 / Math.sqrt(x), 1.5],
  elu: [(x) => (x >= 0 ? x : Math.expm1(x)), 4],
  selu: [(x) => SELU.scale * (x >= 0 ? x : SELU.alpha * Math.expm1(x)), 5],
  sigmoid: [(x) => 1 / (1 + Math.exp(-x)), 3],
  tanh: [Math.tanh, 3],
  softplus: [(x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), 4],
  erf: [erf, 2],
  sin: [Math.sin, 2],
  cos: [Math.cos, 2],
  round: [roundEven, 0.51],
};
const BINARY: Partial<Record<Micro, [(a: number, b: number) => number, number]>> = {
  pow: [(a, b) => a ** b, 2],
  atan2: [Math.atan2, 4],
  floorDiv: [(a, b) => Math.floor(a / b), 0.51],
  mod: [(a, b) => (a % b !== 0 && a < 0 !== b < 0 ? (a % b) + b : a % b), 0.51],
  eluGrad: [(a, b) => (b >= 0 ? a : a * Math.fround(b + 1)), 1],
};

const ENDS = [0, -0, 1, -1, INFINITE, -INFINITE, NAN, 2 ** -149, -(2 ** -149), 2 ** -127, 2 ** -126, 3.4028234e38];

/** Numbers of every size and both signs, dense around 1. */
function everySize(): Float32Array {
  const values = [...ENDS, -3.4028234e38, 0.625, 0.9277, 88.7, 88.8, -87.4, -103.9, -104, 1e5, 1e8, -1e30, 0.5, 2.5];
  for (let exponent = -149; exponent < 128; exponent++)
    for (const mantissa of [1, 1.1, 1.4, 1.43, 1.99]) values.push(mantissa * 2 ** exponent, -mantissa * 2 ** exponent);
  for (let i = -4000; i < 4000; i++) values.push(i / 37, 1 + i / 9000, i * 1.7);
  return Float32Array.from(values);
}

function check(
  name: Micro,
  found: Float32Array,
  expected: (i: number) => number,
  units: number,
  at: (i: number) => string,
): void {
  found.forEach((value, i) => {
    const wanted = expected(i);
    const same = Object.is(value, Math.fround(wanted)) || (Number.isNaN(value) && Number.isNaN(wanted));
    // Overflow may come within the tolerance of the largest number.
    const near =
      Math.abs(value - wanted) <= units * unit(wanted) || (Math.abs(wanted) > 3.4028e38 && Math.abs(value) > 3.4028e38);
    assert.ok(same || near, `${name}(${at(i)}) is ${value}, expected ${wanted}`);
  });
}

function compute(name: Micro, ...inputs: Float32Array[]): Float32Array[] {
  const count = inputs[0]!.length;
  return everywhere((bench) => {
    const out = bench.room(count);
    const loads = inputs.flatMap((values) => [bench.floats(values), 0, 0]);
    const operands = inputs.length === 1 ? [0, 0, 0] : [0, 1, 0];
    const operation = [MICRO.indexOf(name), inputs.length, ...operands];
    bench.run(instruction('map', count, 1, count, inputs.length, ...loads, 1, ...operation, 1, inputs.length, out, 0));
    return bench.read(out, count);
  });
}

for (const [name, [expected, units]] of Object.entries(UNARY) as [Micro, [(x: number) => number, number]][])
  test(`${name} is within ${units} units in the last place, from denormal numbers to infinity`, () => {
    const x = everySize();
    for (const result of compute(name, x))
      check(
        name,
        result,
        (i) => expected(x[i]!),
        units,
        (i) => String(x[i]),
      );
  });

for (const [name, [expected, units]] of Object.entries(BINARY) as [Micro, [(a: number, b: number) => number, number]][])
  test(`${name} is within ${units} units in the last place`, () => {
    const pairs: [number, number][] = [];
    const some = [0.3, -0.3, 2, -2, 3, -3, 0.5, 7.25, -7.25, 1e-3, 1000.5, 1e10, -1e10, 1e-30];
    for (const a of [...some, ...(name === 'mod' || name === 'floorDiv' ? [] : ENDS)])
      for (const b of [...some, ...(name === 'mod' || name === 'floorDiv' ? [] : ENDS)])
        if (name !== 'mod' || Math.abs(a / b) < 2 ** 29) pairs.push([a, b]);
    for (let i = 1; i < 3000; i++)
      pairs.push([i / 100, (i % 77) / 10 - 3.85], [-i / 50 - 0.001, ((i * 7) % 31) - 15.5]);
    const a = Float32Array.from(pairs, (pair) => pair[0]);
    const b = Float32Array.from(pairs, (pair) => pair[1]);
    for (const result of compute(name, a, b))
      check(
        name,
        result,
        (i) => expected(a[i]!, b[i]!),
        units,
        (i) => `${a[i]}, ${b[i]}`,
      );
  });
