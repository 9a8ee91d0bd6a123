import assert from 'node:assert/strict';

/** The probability that a standard normal is below x, to 1e-7 (Abramowitz and Stegun 26.2.17). */
function normalBelow(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const tail =
    (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return x > 0 ? 1 - tail : tail;
}

/**
 * Asserts that a sample is one of standard normals: by the distance of Kolmogorov and Smirnov and by how many lie beyond
 * 3, 4 and 4.5 deviations, each at a level that right samples miss about once in 100,000 times.
 */
export function assertStandardNormal(sample: Float32Array): void {
  const count = sample.length;
  const sorted = sample.slice().sort();
  let distance = 0;
  sorted.forEach((x, i) => {
    const below = normalBelow(x);
    distance = Math.max(distance, below - i / count, (i + 1) / count - below);
  });
  // P(D > c / √n) → 2 exp(−2c²); the table of probabilities adds its own error.
  assert.ok(distance < 2.5 / Math.sqrt(count) + 1e-7, `distance ${distance}`);
  for (const bound of [3, 4, 4.5]) {
    const expected = 2 * count * normalBelow(-bound);
    const found = sample.filter((x) => Math.abs(x) > bound).length;
    const slack = 4.5 * Math.sqrt(expected) + 5;
    assert.ok(Math.abs(found - expected) < slack, `${found} beyond ${bound} deviations, expected ${expected}`);
  }
}

/** Asserts that a sample and another one, shifted, are not correlated: within 4.5 standard errors of 0. */
export function assertUnrelated(a: Float32Array, b: Float32Array, shift: number): void {
  let sum = 0;
  for (let i = shift; i < a.length; i++) sum += a[i]! * b[i - shift]!;
  const errors = sum / Math.sqrt(a.length - shift);
  assert.ok(Math.abs(errors) < 4.5, `correlated by ${errors} standard errors at shift ${shift}`);
}
