/** A Gaussian of sum 1 on (2·radius + 1)² cells, row by row. */
export function gaussian(deviation: number, radius: number): Float32Array {
  const values = cells(radius).map(([x, y]) => Math.exp(-(x * x + y * y) / (2 * deviation * deviation)));
  const sum = values.reduce((a, b) => a + b);
  return Float32Array.from(values, (value) => value / sum);
}

/**
 * A Morlet wavelet (Bruna and Mallat 2013, arXiv:1203.1513): a plane wave of frequency ¾π/2ʲ at an angle under a Gaussian of
 * deviation 0.8·2ʲ, twice as wide across the wave, less what makes its sum zero.
 */
export function morlet({ scale, angle, radius }: { scale: number; angle: number; radius: number }): {
  readonly real: Float32Array;
  readonly imaginary: Float32Array;
} {
  const deviation = 0.8 * 2 ** scale;
  const frequency = (0.75 * Math.PI) / 2 ** scale;
  const slant = 0.5;
  const places = cells(radius).map(([x, y]) => {
    const along = x * Math.cos(angle) + y * Math.sin(angle);
    const across = -x * Math.sin(angle) + y * Math.cos(angle);
    const envelope = Math.exp(-(along * along + slant * slant * across * across) / (2 * deviation * deviation));
    return { envelope, phase: frequency * along };
  });
  const total = places.reduce((sum, { envelope }) => sum + envelope, 0);
  const mean = (wave: (phase: number) => number) =>
    places.reduce((sum, { envelope, phase }) => sum + envelope * wave(phase), 0) / total;
  const norm = (2 * Math.PI * deviation * deviation) / slant;
  const part = (wave: (phase: number) => number) => {
    const offset = mean(wave);
    return Float32Array.from(places, ({ envelope, phase }) => (envelope * (wave(phase) - offset)) / norm);
  };
  return { real: part(Math.cos), imaginary: part(Math.sin) };
}

/** x and y of the cells around the middle, row by row. */
function cells(radius: number): [number, number][] {
  const side = 2 * radius + 1;
  return Array.from({ length: side * side }, (_, i) => [(i % side) - radius, Math.floor(i / side) - radius]);
}
