/** Complex numbers, real and imaginary parts apart; a power of two of them. */
export interface Complex {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

const roots = new Map<number, Complex>();

/** exp(−2πik/n) for k < n/2. */
function rootsOf(n: number): Complex {
  let found = roots.get(n);
  if (found === undefined) {
    found = { re: new Float64Array(n / 2), im: new Float64Array(n / 2) };
    for (let k = 0; k < n / 2; k++) {
      found.re[k] = Math.cos((2 * Math.PI * k) / n);
      found.im[k] = -Math.sin((2 * Math.PI * k) / n);
    }
    roots.set(n, found);
  }
  return found;
}

/**
 * Discrete Fourier transform in place, Σ_j x_j·exp(−2πijk/n), by Cooley and Tukey's radix-2 algorithm (1965); n a power of
 * two, at least 2. The inverse is the transform with real and imaginary parts exchanged, over n.
 */
export function fourier({ re, im }: Complex): void {
  const n = re.length;
  if (n < 2 || (n & (n - 1)) !== 0) throw new RangeError(`a transform needs a power of two of values, found ${n}`);
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; (j & bit) !== 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      const [a, b] = [re[i]!, im[i]!];
      re[i] = re[j]!;
      im[i] = im[j]!;
      re[j] = a;
      im[j] = b;
    }
  }
  const unit = rootsOf(n);
  for (let half = 1; half < n; half *= 2) {
    const stride = n / (2 * half);
    for (let from = 0; from < n; from += 2 * half)
      for (let k = 0; k < half; k++) {
        const [c, s] = [unit.re[k * stride]!, unit.im[k * stride]!];
        const top = from + k;
        const low = top + half;
        const x = re[low]! * c - im[low]! * s;
        const y = re[low]! * s + im[low]! * c;
        re[low] = re[top]! - x;
        im[low] = im[top]! - y;
        re[top] = re[top]! + x;
        im[top] = im[top]! + y;
      }
  }
}

/** The inverse of `fourier`, in place. */
export function inverseFourier({ re, im }: Complex): void {
  fourier({ re: im, im: re });
  for (let i = 0; i < re.length; i++) {
    re[i] = re[i]! / re.length;
    im[i] = im[i]! / im.length;
  }
}
