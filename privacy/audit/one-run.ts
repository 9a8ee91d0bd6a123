import { KdlabError } from '../../src/core/errors';
import { logBinomial } from '../../src/math/log-binomial';

/** What an auditor guessed of canaries that a fair coin, each its own, had put into the training set or left out. */
export interface Guesses {
  readonly canaries: number;
  /** The others were abstained from. */
  readonly guesses: number;
  readonly correct: number;
}

/**
 * Probability at most, under an (ε, δ)-private training, of so many right guesses (Steinke, Nasr and Jagielski 2023,
 * arXiv:2305.08846, Theorem 5.2, as computed in their appendix D): with ε alone each guess is right with probability
 * e^ε/(1 + e^ε), whatever the others; δ moves 2·m·δ·max_i P(v − i ≤ Binomial < v)/i more. Throws KdlabError unless
 * 0 ≤ correct ≤ guesses ≤ canaries.
 */
export function pValue({ canaries, guesses, correct }: Guesses, epsilon: number, delta: number): number {
  if (!(correct >= 0 && correct <= guesses && guesses <= canaries))
    throw new KdlabError(
      `${correct} right of ${guesses} guesses of ${canaries} canaries: expected no more right than guesses and guesses than canaries`,
    );
  const right = -Math.log1p(Math.exp(-epsilon));
  const wrong = right - epsilon;
  const mass = (k: number) => Math.exp(logBinomial(guesses, k) + k * right + (guesses - k) * wrong);
  let tail = 0;
  for (let k = guesses; k >= correct; k--) tail += mass(k);
  let [below, steepest] = [0, 0];
  for (let i = 1; i <= correct; i++) {
    below += mass(correct - i);
    steepest = Math.max(steepest, below / i);
  }
  return Math.min(1, tail + 2 * canaries * delta * steepest);
}

/**
 * The greatest ε that the guesses refute at δ: with `confidence`, the training is not (ε′, δ)-private for any ε′ below it. 0
 * where they refute none. Throws KdlabError on numbers out of range.
 */
export function auditedEpsilon(
  guesses: Guesses,
  { delta, confidence = 0.95 }: { delta: number; confidence?: number },
): number {
  if (!(delta >= 0 && delta < 1)) throw new KdlabError(`delta ${delta}: expected a number from 0 to below 1`);
  if (!(confidence > 0 && confidence < 1))
    throw new KdlabError(`confidence ${confidence}: expected a number between 0 and 1, such as 0.95`);
  const refuted = (epsilon: number) => pValue(guesses, epsilon, delta) < 1 - confidence;
  if (!refuted(0)) return 0;
  let [low, high] = [0, 1];
  while (refuted(high) && high < 64) {
    low = high;
    high *= 2;
  }
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (refuted(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * Guesses by scores, higher for what looks trained on: the `taken` highest are guessed in, the `left` lowest out, the rest
 * abstained from. Numbers of guesses are to be chosen before the scores are seen, or by `bestAudit`.
 */
export function guess(
  scores: readonly number[],
  included: readonly boolean[],
  { taken, left }: { taken: number; left: number },
): Guesses {
  if (scores.length !== included.length || taken + left > scores.length)
    throw new KdlabError(
      `${taken} + ${left} guesses from ${scores.length} scores of ${included.length} canaries: expected one score a canary and no more guesses than canaries`,
    );
  const order = scores.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
  const correct =
    order.slice(0, taken).filter((i) => included[i]).length +
    order.slice(scores.length - left).filter((i) => !included[i]).length;
  return { canaries: scores.length, guesses: taken + left, correct };
}

/** Shares of the canaries that are guessed, half of them in and half out. */
const SHARES = [0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1] as const;

/**
 * The best of the audits with some shares of the canaries guessed, each at the confidence that their number leaves
 * (Bonferroni).
 */
export function bestAudit(
  scores: readonly number[],
  included: readonly boolean[],
  { delta, confidence = 0.95 }: { delta: number; confidence?: number },
): Guesses & { epsilon: number } {
  const each = 1 - (1 - confidence) / SHARES.length;
  const audits = SHARES.map((share) => {
    const half = Math.floor((share * scores.length) / 2);
    const guesses = guess(scores, included, { taken: half, left: half });
    return { ...guesses, epsilon: auditedEpsilon(guesses, { delta, confidence: each }) };
  });
  return audits.reduce((a, b) => (b.epsilon > a.epsilon ? b : a));
}
