import test from 'node:test';
import fc from 'fast-check';
import { NONE } from '../../../src/engine/program/instructions';
import { WINDOWED, type Window } from '../../../src/engine/program/ir';
import { assertNear, everywhere, instruction, numbers } from '../../support/machines';

type Name = (typeof WINDOWED)[number];

/** Calls `visit` with the window, cell of the kernel and cell of the image of every pair that lies inside. */
function eachCell(
  w: Window,
  visit: (n: number, oy: number, ox: number, ky: number, kx: number, y: number, x: number) => void,
): void {
  for (let n = 0; n < w.batch; n++)
    for (let oy = 0; oy < w.outHeight; oy++)
      for (let ox = 0; ox < w.outWidth; ox++)
        for (let ky = 0; ky < w.kernelHeight; ky++)
          for (let kx = 0; kx < w.kernelWidth; kx++) {
            const y = oy * w.strideHeight + ky * w.dilationHeight - w.padTop;
            const x = ox * w.strideWidth + kx * w.dilationWidth - w.padLeft;
            if (y >= 0 && y < w.inHeight && x >= 0 && x < w.inWidth) visit(n, oy, ox, ky, kx, y, x);
          }
}

const inSize = (w: Window) => w.batch * w.inHeight * w.inWidth * w.inChannels;
const outSize = (w: Window) => w.batch * w.outHeight * w.outWidth * w.outChannels;
const inAt = (w: Window, n: number, y: number, x: number) => ((n * w.inHeight + y) * w.inWidth + x) * w.inChannels;
const outAt = (w: Window, n: number, y: number, x: number) => ((n * w.outHeight + y) * w.outWidth + x) * w.outChannels;

function convolution(w: Window, name: Name, a: Float32Array, b: Float32Array): Float64Array {
  const filterSize = w.kernelHeight * w.kernelWidth * w.inChannels * w.outChannels;
  const out = new Float64Array(name === 'conv2d' ? outSize(w) : name === 'conv2dInput' ? inSize(w) : filterSize);
  eachCell(w, (n, oy, ox, ky, kx, y, x) => {
    for (let c = 0; c < w.inChannels; c++)
      for (let o = 0; o < w.outChannels; o++) {
        const i = inAt(w, n, y, x) + c;
        const j = outAt(w, n, oy, ox) + o;
        const f = ((ky * w.kernelWidth + kx) * w.inChannels + c) * w.outChannels + o;
        if (name === 'conv2d') out[j] = out[j]! + a[i]! * b[f]!;
        else if (name === 'conv2dInput') out[i] = out[i]! + a[j]! * b[f]!;
        else out[f] = out[f]! + a[i]! * b[j]!;
      }
  });
  return out;
}

function depthwise(w: Window, name: Name, a: Float32Array, b: Float32Array): Float64Array {
  const filterSize = w.kernelHeight * w.kernelWidth * w.outChannels;
  const out = new Float64Array(name === 'depthwise' ? outSize(w) : name === 'depthwiseInput' ? inSize(w) : filterSize);
  const multiplier = w.outChannels / w.inChannels;
  eachCell(w, (n, oy, ox, ky, kx, y, x) => {
    for (let o = 0; o < w.outChannels; o++) {
      const i = inAt(w, n, y, x) + Math.floor(o / multiplier);
      const j = outAt(w, n, oy, ox) + o;
      const f = (ky * w.kernelWidth + kx) * w.outChannels + o;
      if (name === 'depthwise') out[j] = out[j]! + a[i]! * b[f]!;
      else if (name === 'depthwiseInput') out[i] = out[i]! + a[j]! * b[f]!;
      else out[f] = out[f]! + a[i]! * b[j]!;
    }
  });
  return out;
}

/** For every window and channel, the places of the cells inside, in order. */
function cells(w: Window): number[][] {
  const inside = Array.from({ length: outSize(w) }, () => [] as number[]);
  eachCell(w, (n, oy, ox, _ky, _kx, y, x) => {
    for (let c = 0; c < w.inChannels; c++) inside[outAt(w, n, oy, ox) + c]!.push(inAt(w, n, y, x) + c);
  });
  return inside;
}

function pooling(w: Window, name: Name, x: Float32Array, dy: Float32Array): Float64Array {
  const out = new Float64Array(name === 'maxPool' || name === 'avgPool' ? outSize(w) : inSize(w));
  cells(w).forEach((places, j) => {
    const values = places.map((i) => x[i]!);
    if (name === 'maxPool') out[j] = Math.max(...values);
    else if (name === 'avgPool') out[j] = values.reduce((a, b) => a + b, 0) / values.length;
    else if (name === 'maxPoolGrad') {
      if (places.length === 0) return;
      const best = places[values.indexOf(Math.max(...values))]!;
      out[best] = out[best]! + dy[j]!;
    } else for (const i of places) out[i] = out[i]! + dy[j]! / places.length;
  });
  return out;
}

function check(name: Name, w: Window, tolerance = 1e-5): void {
  const filterSize =
    w.kernelHeight * w.kernelWidth * (name.startsWith('conv') ? w.inChannels * w.outChannels : w.outChannels);
  // Few different values, so that maxima occur twice.
  const x = numbers(inSize(w), 1).map((value) => (name.startsWith('max') ? Math.round(value * 4) : value));
  const dy = numbers(outSize(w), 2);
  const filter = numbers(filterSize, 3);
  const [a, b] = name.endsWith('Input') ? [dy, filter] : name.endsWith('Filter') ? [x, dy] : [x, filter];
  const pool = name.endsWith('Pool') || name.endsWith('PoolGrad');
  const expected = pool
    ? pooling(w, name, x, dy)
    : name.startsWith('conv')
      ? convolution(w, name, a, b)
      : depthwise(w, name, a, b);
  const results = everywhere((bench) => {
    const out = bench.floats(new Float32Array(expected.length).fill(7));
    const y = Float32Array.from(name === 'maxPoolGrad' ? pooling(w, 'maxPool', x, dy) : []);
    const inputs: Record<string, number[]> = {
      maxPoolGrad: [bench.floats(x), bench.floats(y), bench.floats(dy)],
      avgPoolGrad: [bench.floats(dy), NONE, NONE],
      maxPool: [bench.floats(x), NONE, NONE],
      avgPool: [bench.floats(x), NONE, NONE],
    };
    const operands = inputs[name] ?? [bench.floats(a), bench.floats(b), NONE];
    bench.run(instruction('window', WINDOWED.indexOf(name), ...windowWords(w), ...operands, out));
    return bench.read(out, expected.length);
  });
  for (const result of results) assertNear(result, expected, 1e-5, tolerance);
}

function windowWords(w: Window): number[] {
  return [
    ...[w.batch, w.inHeight, w.inWidth, w.inChannels, w.outHeight, w.outWidth, w.outChannels],
    ...[w.kernelHeight, w.kernelWidth, w.strideHeight, w.strideWidth, w.dilationHeight, w.dilationWidth],
    ...[w.padTop, w.padLeft],
  ];
}

const side = fc.record({
  input: fc.integer({ min: 1, max: 9 }),
  kernel: fc.integer({ min: 1, max: 4 }),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  before: fc.integer({ min: 0, max: 2 }),
  after: fc.integer({ min: 0, max: 2 }),
});
const outputs = ({ input, kernel, stride, dilation, before, after }: Record<string, number>) =>
  Math.floor((input! + before! + after! - (kernel! - 1) * dilation! - 1) / stride!) + 1;

const anyWindow = fc
  .record({
    vertical: side,
    horizontal: side,
    batch: fc.integer({ min: 1, max: 5 }),
    channels: fc.integer({ min: 1, max: 5 }),
    factor: fc.integer({ min: 1, max: 9 }),
  })
  .filter(({ vertical, horizontal }) => outputs(vertical) > 0 && outputs(horizontal) > 0)
  .map(({ vertical, horizontal, batch, channels, factor }) => ({
    window: {
      batch,
      inHeight: vertical.input,
      inWidth: horizontal.input,
      inChannels: channels,
      outHeight: outputs(vertical),
      outWidth: outputs(horizontal),
      outChannels: channels,
      kernelHeight: vertical.kernel,
      kernelWidth: horizontal.kernel,
      strideHeight: vertical.stride,
      strideWidth: horizontal.stride,
      dilationHeight: vertical.dilation,
      dilationWidth: horizontal.dilation,
      padTop: vertical.before,
      padLeft: horizontal.before,
    },
    factor,
  }));

for (const name of WINDOWED)
  test(`${name} equals a loop over windows and cells`, () => {
    fc.assert(
      fc.property(anyWindow, ({ window, factor }) => {
        const pool = name.endsWith('Pool') || name.endsWith('PoolGrad');
        const outChannels = pool
          ? window.inChannels
          : name.startsWith('conv')
            ? factor
            : window.inChannels * ((factor % 3) + 1);
        check(name, { ...window, outChannels });
      }),
      { numRuns: 60 },
    );
  });

const image: Window = {
  batch: 3,
  inHeight: 30,
  inWidth: 30,
  inChannels: 20,
  outHeight: 30,
  outWidth: 30,
  outChannels: 24,
  kernelHeight: 5,
  kernelWidth: 5,
  strideHeight: 1,
  strideWidth: 1,
  dilationHeight: 1,
  dilationWidth: 1,
  padTop: 2,
  padLeft: 2,
};

test('images whose patches do not fit the workspace at once, and filters too large for partial sums', () => {
  for (const name of ['conv2d', 'conv2dInput', 'conv2dFilter'] as const) {
    check(name, image, 2e-3);
    check(name, { ...image, batch: 2, inHeight: 4, outHeight: 4, inChannels: 64, outChannels: 130 }, 2e-3);
  }
});
