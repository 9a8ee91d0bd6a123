/** ln Σ exp(x) without overflow; −∞ for no terms. */
export function logSum(terms: ArrayLike<number>): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < terms.length; i++) largest = Math.max(largest, terms[i]!);
  if (!Number.isFinite(largest)) return largest;
  let sum = 0;
  for (let i = 0; i < terms.length; i++) sum += Math.exp(terms[i]! - largest);
  return largest + Math.log(sum);
}
