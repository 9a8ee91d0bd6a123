import { KdlabError } from '../../src/core/errors';
import { fitLogistic, type Logistic } from './logistic';
import { type Answers, entropies, logitConfidences, losses, modifiedEntropies } from './scores';
import type { Scores, Target } from './threshold';

/** A shadow network's answers on its own members and others: what an attacker learns from. */
export type ShadowAnswers = readonly Target[];

/** Below so many examples of a class on either side its classifier is the one of all classes. */
const LEAST_OF_A_CLASS = 20;

/**
 * The attack by shadow networks (Shokri et al. 2017, arXiv:1610.05820): a classifier for each class of the label is trained to
 * tell members from others by what shadow networks, whose members are known, answer. The classifier is logistic regression on
 * confidence, loss, both entropies and the sorted probabilities, in place of the paper's network. Throws KdlabError for no shadow.
 */
export function shadowScores(target: Target, shadows: ShadowAnswers): Scores {
  if (shadows.length === 0) throw new KdlabError('the shadow attack needs at least one shadow network');
  const samples = shadows.flatMap(({ members, others }) => [...rowsOf(members, 1), ...rowsOf(others, 0)]);
  const learn = (chosen: typeof samples) =>
    fitLogistic(
      chosen.map(({ features }) => features),
      chosen.map(({ member }) => member),
    );
  const general = learn(samples);
  const byClass = Array.from({ length: target.members.classes }, (_, label): Logistic => {
    const own = samples.filter((sample) => sample.label === label);
    const inside = own.reduce((sum, { member }) => sum + member, 0);
    return Math.min(inside, own.length - inside) < LEAST_OF_A_CLASS ? general : learn(own);
  });
  const score = (answers: Answers) =>
    Float64Array.from(rowsOf(answers, 0), ({ features, label }) => byClass[label]!.score(features));
  return { members: score(target.members), others: score(target.others) };
}

const BOUND = 30;
const MOST_PROBABILITIES = 3;

function rowsOf(answers: Answers, member: 0 | 1): { features: Float64Array; label: number; member: 0 | 1 }[] {
  const { logits, labels, classes } = answers;
  const [confidence, loss, entropy, modified] = [
    logitConfidences(answers),
    losses(answers),
    entropies(answers),
    modifiedEntropies(answers),
  ];
  return Array.from(labels, (label, i) => {
    const row = Array.from(logits.subarray(i * classes, (i + 1) * classes)).sort((a, b) => b - a);
    const total = row.reduce((sum, z) => sum + Math.exp(z - row[0]!), 0);
    const sorted = row.slice(0, MOST_PROBABILITIES).map((z) => Math.exp(z - row[0]!) / total);
    const limited = (value: number) => Math.min(BOUND, Math.max(-BOUND, value));
    return {
      features: Float64Array.of(
        limited(confidence[i]!),
        limited(loss[i]!),
        entropy[i]!,
        limited(modified[i]!),
        ...sorted,
      ),
      label,
      member,
    };
  });
}
