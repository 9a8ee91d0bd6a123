import { argMax } from '../../src/math/arg-max';
import { logUpperTail } from '../../src/math/gaussian-tail';
import { logSum } from '../../src/math/log-sum';

/** Votes by class: how many teachers named each. Length: the number of classes, at least 2. */
export type Votes = ArrayLike<number>;

/** ln(1 − eˣ) for x < 0; −∞ at 0. */
export function log1mExp(x: number): number {
  return x > -Math.LN2 ? Math.log(-Math.expm1(x)) : Math.log1p(-Math.exp(x));
}

/** ln(eᵃ + eᵇ), to full precision also where the sum is near 1. */
export function logAdd(a: number, b: number): number {
  return a < 0.5 && b < 0.5 ? Math.log1p(Math.expm1(a) + Math.exp(b)) : logSum([a, b]);
}

/**
 * ln of an upper bound on the probability that Gaussian noise of standard deviation σ on each count lets another class win:
 * q ≤ Σ ½·erfc((n* − n_j)/(2σ)) over the other classes, at most 1 − 1/classes (Papernot et al. 2018, arXiv:1802.08908,
 * Proposition 7).
 */
export function gnmaxLogQ(votes: Votes, sigma: number): number {
  const top = argMax(votes);
  const others: number[] = [];
  for (let j = 0; j < votes.length; j++)
    if (j !== top) others.push(logUpperTail((votes[top]! - votes[j]!) / (Math.SQRT2 * sigma)));
  return Math.min(logSum(others), Math.log1p(-1 / votes.length));
}

/**
 * Rényi divergence of order α of noisy argmax whatever the votes: one teacher moves two counts by one each, α/σ²
 * (Proposition 8).
 */
export function gnmaxRdpIndependent(sigma: number, order: number): number {
  return order / (sigma * sigma);
}

/**
 * The same where another outcome than the most likely has probability at most e^logQ: Theorem 6 with the orders
 * μ₂ = σ·√(−ln q), μ₁ = μ₂ + 1 of Proposition 10, and the data-independent bound where the theorem does not apply or is worse.
 * The result depends on the votes, hence on private data: it must not be published as it is.
 */
export function gnmaxRdp(logQ: number, sigma: number, order: number): number {
  const independent = gnmaxRdpIndependent(sigma, order);
  if (logQ === Number.NEGATIVE_INFINITY) return 0;
  return gnmaxApplies(logQ, sigma, order) ? Math.min(independent, gnmaxBound(logQ, sigma, order)) : independent;
}

/** Whether Theorem 6 holds at this q: α < μ₁, μ₂ > 1, e^ε₂·q < 1 and q so small that the bound grows with q. */
function gnmaxApplies(logQ: number, sigma: number, order: number): boolean {
  const { mu1, mu2, rdp2 } = higherOrders(logQ, sigma);
  return (
    mu1 > order &&
    mu2 > 1 &&
    logQ <= (mu2 - 1) * rdp2 - mu2 * (Math.log1p(1 / (mu1 - 1)) + Math.log1p(1 / (mu2 - 1))) &&
    -logQ > rdp2
  );
}

/** The bound of Theorem 6, without its conditions. */
export function gnmaxBound(logQ: number, sigma: number, order: number): number {
  const { mu1, mu2, rdp1, rdp2 } = higherOrders(logQ, sigma);
  const stays = log1mExp(logQ);
  const a = (order - 1) * (stays - log1mExp((logQ + rdp2) * (1 - 1 / mu2)));
  const b = (order - 1) * (rdp1 - logQ / (mu1 - 1));
  return logAdd(stays + a, logQ + b) / (order - 1);
}

function higherOrders(logQ: number, sigma: number): { mu1: number; mu2: number; rdp1: number; rdp2: number } {
  const variance = sigma * sigma;
  const mu2 = Math.sqrt(-logQ) * sigma;
  const mu1 = mu2 + 1;
  return { mu1, mu2, rdp1: mu1 / variance, rdp2: mu2 / variance };
}
