/** A linear classifier of two classes on standardised features. */
export interface Logistic {
  /** log-odds of class 1 for one row of features. */
  score(features: ArrayLike<number>): number;
}

const RIDGE = 1e-3;
const ROUNDS = 30;

/**
 * Logistic regression by Newton's method with a ridge of 1e-3 on standardised weights. `rows` are feature vectors of one length,
 * `targets` 0 or 1.
 */
export function fitLogistic(rows: readonly Float64Array[], targets: ArrayLike<number>): Logistic {
  const width = rows[0]!.length;
  const centre = Float64Array.from(
    { length: width },
    (_, k) => rows.reduce((sum, row) => sum + row[k]!, 0) / rows.length,
  );
  const scale = Float64Array.from({ length: width }, (_, k) => {
    const spread = Math.sqrt(rows.reduce((sum, row) => sum + (row[k]! - centre[k]!) ** 2, 0) / rows.length);
    return spread > 0 ? spread : 1;
  });
  const standard = (row: ArrayLike<number>) =>
    Float64Array.from({ length: width + 1 }, (_, k) => (k < width ? (row[k]! - centre[k]!) / scale[k]! : 1));
  const weights = new Float64Array(width + 1);
  const inputs = rows.map(standard);
  const logit = (x: Float64Array) => x.reduce((sum, value, k) => sum + value * weights[k]!, 0);
  for (let round = 0; round < ROUNDS; round++) {
    const gradient = new Float64Array(width + 1);
    const hessian = Array.from({ length: width + 1 }, () => new Float64Array(width + 1));
    inputs.forEach((x, i) => {
      const p = 1 / (1 + Math.exp(-logit(x)));
      const curvature = Math.max(1e-9, p * (1 - p));
      for (let k = 0; k <= width; k++) {
        gradient[k]! += (p - targets[i]!) * x[k]!;
        for (let l = 0; l <= k; l++) hessian[k]![l]! += curvature * x[k]! * x[l]!;
      }
    });
    for (let k = 0; k <= width; k++) {
      gradient[k]! += RIDGE * inputs.length * weights[k]!;
      hessian[k]![k]! += RIDGE * inputs.length;
    }
    const step = solve(hessian, gradient);
    for (let k = 0; k <= width; k++) weights[k]! -= step[k]!;
    if (Math.max(...step.map(Math.abs)) < 1e-9) break;
  }
  return { score: (features) => logit(standard(features)) };
}

/** x with A·x = b, A symmetric positive definite, its lower triangle given: by Cholesky's factors, in place. */
function solve(a: Float64Array[], b: Float64Array): Float64Array {
  const n = b.length;
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i]![j]!;
      for (let k = 0; k < j; k++) sum -= a[i]![k]! * a[j]![k]!;
      a[i]![j] = i === j ? Math.sqrt(sum) : sum / a[j]![j]!;
    }
    for (let k = 0; k < i; k++) x[i]! -= a[i]![k]! * x[k]!;
    x[i]! /= a[i]![i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i]! -= a[k]![i]! * x[k]!;
    x[i]! /= a[i]![i]!;
  }
  return x;
}
