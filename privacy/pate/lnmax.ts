import { argMax } from '../../src/math/arg-max';
import { logSum } from '../../src/math/log-sum';
import { log1mExp, logAdd, type Votes } from './gnmax';

/**
 * ln of an upper bound on the probability that Laplace noise of scale λ on each count lets another class win:
 * Σ (2 + d)/4·e^(−d), d = (n* − n_j)/λ, at most 1 − 1/classes (Papernot et al. 2017, arXiv:1610.05755, Lemma 4).
 */
export function lnmaxLogQ(votes: Votes, scale: number): number {
  const top = argMax(votes);
  const others: number[] = [];
  for (let j = 0; j < votes.length; j++) {
    if (j === top) continue;
    const gap = (votes[top]! - votes[j]!) / scale;
    others.push(Math.log((2 + gap) / 4) - gap);
  }
  return Math.min(logSum(others), Math.log1p(-1 / votes.length));
}

/** ε of one answer in pure differential privacy: one teacher moves two counts by one each, 2/λ. The paper's γ is 1/λ. */
export function lnmaxEpsilon(scale: number): number {
  return 2 / scale;
}

/** Rényi divergence of order α of a mechanism of pure ε: min(ε²·α/2, ε) (Bun and Steinke 2016, Proposition 3.3). */
export function pureRdpIndependent(epsilon: number, order: number): number {
  return Math.min(0.5 * epsilon * epsilon * order, epsilon);
}

/**
 * The same where another outcome than the most likely has probability at most e^logQ (Theorem 3 of the 2017 paper; its moment
 * of order l is l times the divergence of order l + 1). Private itself: it depends on the votes.
 */
export function pureRdp(logQ: number, epsilon: number, order: number): number {
  const independent = pureRdpIndependent(epsilon, order);
  if (Math.exp(logQ) > 1 / (Math.exp(epsilon) + 1)) return independent;
  const stays = log1mExp(logQ);
  const kept = stays + (stays - log1mExp(epsilon + logQ)) * (order - 1);
  const changed = logQ + epsilon * (order - 1);
  return Math.min(independent, logAdd(kept, changed) / (order - 1));
}
