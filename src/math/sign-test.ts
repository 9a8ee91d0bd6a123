import { logBinomial } from './log-binomial';

/**
 * Two-sided p of the exact sign test: so many pairs spoke for one side, so many for the other, ties left out. On examples
 * that exactly one of two classifiers decides rightly it is McNemar’s exact test (1947). NaN where there is no such pair.
 */
export function signTest(first: number, second: number): number {
  const n = first + second;
  if (n === 0) return Number.NaN;
  let tail = 0;
  for (let k = 0; k <= Math.min(first, second); k++) tail += Math.exp(logBinomial(n, k) - n * Math.LN2);
  return Math.min(1, 2 * tail);
}
