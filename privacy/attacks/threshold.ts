import { mean } from '../../src/math/statistics';
import { type Answers, entropies, losses, modifiedEntropies } from './scores';

/** Answers of the attacked model on what it was trained on, and on what it was not. */
export interface Target {
  readonly members: Answers;
  readonly others: Answers;
}

/** Scores of members and others; higher: likelier a member. */
export interface Scores {
  readonly members: Float64Array;
  readonly others: Float64Array;
}

const both = ({ members, others }: Target, score: (answers: Answers) => Float64Array): Scores => ({
  members: score(members).map((value) => -value),
  others: score(others).map((value) => -value),
});

/** Members have the lower loss (Yeom et al. 2018, arXiv:1709.01604). */
export function lossScores(target: Target): Scores {
  return both(target, losses);
}

/** Members get the surer answers (Shokri et al. 2017; Song and Mittal 2021). */
export function entropyScores(target: Target): Scores {
  return both(target, entropies);
}

/** Members get the surer right answers (Song and Mittal 2021). */
export function modifiedEntropyScores(target: Target): Scores {
  return both(target, modifiedEntropies);
}

/**
 * TPR − FPR of the attack that knows the mean training loss and takes for members what lies below (Yeom et al. 2018, adversary 2):
 * no threshold is chosen on the examples judged.
 */
export function meanLossAdvantage(target: Target): number {
  const [inside, outside] = [losses(target.members), losses(target.others)];
  const threshold = mean(inside);
  const below = (values: Float64Array) => mean(values.map((value) => Number(value <= threshold)));
  return below(inside) - below(outside);
}
