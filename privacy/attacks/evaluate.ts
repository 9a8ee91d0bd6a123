import { exactly, type Interval } from '../../src/core/results';
import { wilson } from '../../src/math/statistics';
import { type LiraOptions, liraScores, type Shadows } from './lira';
import { type Roc, rocOf, tprAt } from './roc';
import { logitConfidences } from './scores';
import { type ShadowAnswers, shadowScores } from './shadow';
import { entropyScores, lossScores, modifiedEntropyScores, type Scores, type Target } from './threshold';

/** What the stronger attacks need: shadow networks, and how they answer on the attacked examples, members first. */
export interface ShadowKnowledge {
  readonly lira: Shadows;
  readonly answers: ShadowAnswers;
}

/** Every attack by name on one model: those by thresholds, and with shadow networks the shadow attack and LiRA. */
export function attackModel(
  target: Target,
  knowledge?: ShadowKnowledge,
  options: Pick<LiraOptions, 'variance'> = {},
): Readonly<Record<string, Roc>> {
  const roc = ({ members, others }: Scores) => rocOf(members, others);
  const attacks = {
    loss: roc(lossScores(target)),
    entropy: roc(entropyScores(target)),
    modifiedEntropy: roc(modifiedEntropyScores(target)),
  };
  if (knowledge === undefined) return attacks;
  const members = logitConfidences(target.members);
  const confidences = Float64Array.of(...members, ...logitConfidences(target.others));
  const lira = (mode: LiraOptions['mode']) => {
    const scores = liraScores(confidences, knowledge.lira, { ...options, mode });
    return rocOf(scores.subarray(0, members.length), scores.subarray(members.length));
  };
  return {
    ...attacks,
    shadow: roc(shadowScores(target, knowledge.answers)),
    liraOffline: lira('offline'),
    liraOnline: lira('online'),
  };
}

/** False-positive rates at which attacks are reported. */
const RATES = [0.001, 0.01] as const;

/**
 * The metrics of attacks for a model's results: `attack/<name>/auc`, `/advantage`, `/tprAt0.001`, `/tprAt0.01`, and
 * `attack/advantage`, the strongest one's. Rates have the interval of their members at the threshold found; the others have none:
 * thresholds are chosen on the examples judged, so that advantage is biased upwards by about 1/√n.
 */
export function attackMetrics(attacks: Readonly<Record<string, Roc>>): Record<string, Interval> {
  const metrics: Record<string, Interval> = {
    'attack/advantage': exactly(Math.max(...Object.values(attacks).map(({ advantage }) => advantage))),
  };
  for (const [name, roc] of Object.entries(attacks)) {
    metrics[`attack/${name}/auc`] = exactly(roc.auc);
    metrics[`attack/${name}/advantage`] = exactly(roc.advantage);
    for (const rate of RATES)
      metrics[`attack/${name}/tprAt${rate}`] = wilson(Math.round(tprAt(roc, rate) * roc.members), roc.members);
  }
  return metrics;
}
