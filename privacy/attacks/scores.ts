import type { Predictions } from '../../src/evaluate/classification';
import { logSum } from '../../src/math/log-sum';

/** What an attacker sees of a model on each example; its label is known to them. */
export type Answers = Pick<Predictions, 'logits' | 'labels' | 'classes'>;

/** −log p_y, nats. */
export function losses(answers: Answers): Float64Array {
  return perExample(answers, (logits, label) => logSum(logits) - logits[label]!);
}

/** −Σ p log p, nats: the label is not used. */
export function entropies(answers: Answers): Float64Array {
  return perExample(answers, (logits) => {
    const total = logSum(logits);
    return logits.reduce((sum, z) => sum - Math.exp(z - total) * (z - total), 0);
  });
}

/**
 * Modified entropy, −(1 − p_y)·log p_y − Σ_{i≠y} p_i·log(1 − p_i) (Song and Mittal 2021, arXiv:2003.10595, eq. 5): 0 for a sure
 * right answer, ∞ for a sure wrong one.
 */
export function modifiedEntropies(answers: Answers): Float64Array {
  return perExample(answers, (logits, label) => {
    const total = logSum(logits);
    return logits.reduce((sum, z, i) => {
      const p = Math.exp(z - total);
      const others = logSumWithout(logits, i) - total;
      return sum - (i === label ? Math.exp(others) * (z - total) : p * others);
    }, 0);
  });
}

/** log(p_y/(1 − p_y)), computed without rounding p_y to 1: near normal over networks (Carlini et al. 2022, section IV-C). */
export function logitConfidences(answers: Answers): Float64Array {
  return perExample(answers, (logits, label) => logits[label]! - logSumWithout(logits, label));
}

function perExample(
  { logits, labels, classes }: Answers,
  score: (logits: Float64Array, label: number) => number,
): Float64Array {
  return Float64Array.from(labels, (label, i) =>
    score(Float64Array.from(logits.subarray(i * classes, (i + 1) * classes)), label),
  );
}

function logSumWithout(logits: Float64Array, left: number): number {
  return logSum(logits.filter((_, i) => i !== left));
}
