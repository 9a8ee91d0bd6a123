import type { WINDOWED, Window } from '../ir';

type Windowed = (window: Window, inputs: readonly Float64Array[]) => Float64Array;

/** Calls `visit` for every pair of an output cell and an input cell inside the image under the same kernel cell. */
function visit(w: Window, each: (out: number, into: number, kernel: number) => void): void {
  for (let n = 0; n < w.batch; n++)
    for (let oy = 0; oy < w.outHeight; oy++)
      for (let ox = 0; ox < w.outWidth; ox++)
        for (let ky = 0; ky < w.kernelHeight; ky++)
          for (let kx = 0; kx < w.kernelWidth; kx++) {
            const y = oy * w.strideHeight + ky * w.dilationHeight - w.padTop;
            const x = ox * w.strideWidth + kx * w.dilationWidth - w.padLeft;
            if (y < 0 || x < 0 || y >= w.inHeight || x >= w.inWidth) continue;
            const out = (n * w.outHeight + oy) * w.outWidth + ox;
            each(out, (n * w.inHeight + y) * w.inWidth + x, ky * w.kernelWidth + kx);
          }
}

const inSize = (w: Window) => w.batch * w.inHeight * w.inWidth * w.inChannels;
const outSize = (w: Window) => w.batch * w.outHeight * w.outWidth * w.outChannels;

/** y[out, o] += x[in, c] · f[k, c, o], seen from whichever of the three is wanted. */
function convolution(w: Window, x: Float64Array, f: Float64Array, y: Float64Array, want: 'x' | 'f' | 'y'): void {
  const [C, O] = [w.inChannels, w.outChannels];
  visit(w, (out, into, k) => {
    for (let c = 0; c < C; c++)
      for (let o = 0; o < O; o++) {
        const [i, j, l] = [into * C + c, (k * C + c) * O + o, out * O + o];
        if (want === 'y') y[l]! += x[i]! * f[j]!;
        else if (want === 'x') x[i]! += y[l]! * f[j]!;
        else f[j]! += x[i]! * y[l]!;
      }
  });
}

/** Each channel by itself, `multiplier` results each. */
function depthwise(w: Window, x: Float64Array, f: Float64Array, y: Float64Array, want: 'x' | 'f' | 'y'): void {
  const C = w.inChannels;
  const M = w.outChannels / C;
  visit(w, (out, into, k) => {
    for (let c = 0; c < C; c++)
      for (let m = 0; m < M; m++) {
        const [i, j, l] = [into * C + c, (k * C + c) * M + m, (out * C + c) * M + m];
        if (want === 'y') y[l]! += x[i]! * f[j]!;
        else if (want === 'x') x[i]! += y[l]! * f[j]!;
        else f[j]! += x[i]! * y[l]!;
      }
  });
}

function largest(w: Window, x: Float64Array): { values: Float64Array; positions: Int32Array } {
  const C = w.inChannels;
  const values = new Float64Array(outSize(w)).fill(-Infinity);
  const positions = new Int32Array(values.length).fill(-1);
  visit(w, (out, into) => {
    for (let c = 0; c < C; c++) {
      const [l, i] = [out * C + c, into * C + c];
      if (positions[l]! >= 0 && !(x[i]! > values[l]!)) continue;
      values[l] = x[i]!;
      positions[l] = i;
    }
  });
  return { values, positions };
}

/** How many cells of the image each output cell averages over. */
function counts(w: Window): Float64Array {
  const count = new Float64Array(w.batch * w.outHeight * w.outWidth);
  visit(w, (out) => {
    count[out]!++;
  });
  return count;
}

function filterSize(w: Window, channels: number): number {
  return w.kernelHeight * w.kernelWidth * w.inChannels * channels;
}

export const windowed: Readonly<Record<(typeof WINDOWED)[number], Windowed>> = {
  conv2d: (w, [x, f]) => made(outSize(w), (y) => convolution(w, x!, f!, y, 'y')),
  conv2dInput: (w, [dy, f]) => made(inSize(w), (x) => convolution(w, x, f!, dy!, 'x')),
  conv2dFilter: (w, [x, dy]) => made(filterSize(w, w.outChannels), (f) => convolution(w, x!, f, dy!, 'f')),
  depthwise: (w, [x, f]) => made(outSize(w), (y) => depthwise(w, x!, f!, y, 'y')),
  depthwiseInput: (w, [dy, f]) => made(inSize(w), (x) => depthwise(w, x, f!, dy!, 'x')),
  depthwiseFilter: (w, [x, dy]) =>
    made(filterSize(w, w.outChannels / w.inChannels), (f) => depthwise(w, x!, f, dy!, 'f')),
  maxPool: (w, [x]) => largest(w, x!).values,
  maxPoolGrad: (w, [x, , dy]) =>
    made(inSize(w), (dx) => {
      largest(w, x!).positions.forEach((i, l) => {
        dx[i]! += dy![l]!;
      });
    }),
  avgPool: (w, [x]) =>
    made(outSize(w), (y) => {
      const count = counts(w);
      visit(w, (out, into) => {
        for (let c = 0; c < w.inChannels; c++) y[out * w.inChannels + c]! += x![into * w.inChannels + c]! / count[out]!;
      });
    }),
  avgPoolGrad: (w, [dy]) =>
    made(inSize(w), (dx) => {
      const count = counts(w);
      visit(w, (out, into) => {
        for (let c = 0; c < w.inChannels; c++)
          dx[into * w.inChannels + c]! += dy![out * w.inChannels + c]! / count[out]!;
      });
    }),
};

function made(size: number, write: (values: Float64Array) => void): Float64Array {
  const values = new Float64Array(size);
  write(values);
  return values;
}
