import type { z } from 'zod';
import { attackMetrics, attackModel, type ShadowKnowledge } from '../../privacy/attacks/evaluate';
import type { Roc } from '../../privacy/attacks/roc';
import { logitConfidences } from '../../privacy/attacks/scores';
import { meanLossAdvantage, type Target } from '../../privacy/attacks/threshold';
import { logitsOfMembers } from '../../privacy/committee/votes';
import { describePart } from '../../src/core/named';
import { exactly, type Interval, type Lines, type ModelResult, type Results } from '../../src/core/results';
import type { Model } from '../../src/core/types';
import type { ImageDataset } from '../../src/data/dataset';
import { decide, type Predictions, predict } from '../../src/evaluate/classification';
import { wilson } from '../../src/math/statistics';
import { measureLatency } from '../../src/run/latency';
import type { schema } from '../membership';

interface Trained {
  readonly config: z.output<typeof schema>;
  readonly dataset: ImageDataset;
  readonly members: Int32Array;
  readonly others: Int32Array;
  readonly undefended: Model;
  readonly student: Model;
  /** The defence in one line. */
  readonly summary: string;
  readonly shadows: { readonly networks: readonly Model[]; readonly inside: readonly Uint8Array[] };
}

/** Utility of the undefended network and of the student, and what each attack finds of their members. */
export function membershipResults(trained: Trained): Results {
  const { config, dataset, members, others, undefended, student, summary } = trained;
  const { inputShape, train, test } = dataset;
  const knowledge = knowledgeOf(trained);
  const judge = (role: ModelResult['role'], name: string, description: string, model: Model) => {
    const target: Target = {
      members: predict(model, train, { inputShape, indices: members }),
      others: predict(model, train, { inputShape, indices: others }),
    };
    const attacks = attackModel(target, knowledge);
    const metrics: Record<string, Interval> = {
      accuracy: accuracyOf(predict(model, test, { inputShape })),
      memberAccuracy: accuracyOf(target.members as Predictions),
      ...attackMetrics(attacks),
      'attack/meanLoss/advantage': exactly(meanLossAdvantage(target)),
    };
    const latency = measureLatency(model, { warmup: 5, repeats: 50 });
    const result: ModelResult = { role, name, description, ...model.cost, latency, metrics };
    return { result, attacks };
  };
  const judged = [
    judge(
      'teacher',
      'undefended',
      `${describePart(config.model)}; ${config.epochs} epochs on ${members.length} members`,
      undefended,
    ),
    judge('student', 'student', summary, student),
  ];
  const [before, after] = judged.map(({ result }) => result.metrics) as [Metrics, Metrics];
  const percent = (value: Interval) => `${(100 * value.mean).toFixed(1)} %`;
  return {
    headline:
      `${summary}: on ${dataset.name} accuracy ${percent(after.accuracy!)} and attack advantage ` +
      `${percent(after['attack/advantage']!)}, undefended ${percent(before.accuracy!)} and ${percent(before['attack/advantage']!)}.`,
    primaryMetric: 'accuracy',
    higherIsBetter: true,
    models: judged.map(({ result }) => result),
    claims: [
      {
        claim: 'the strongest attack gains less on the student than on the undefended network',
        found: `advantage ${percent(after['attack/advantage']!)} against ${percent(before['attack/advantage']!)}`,
        met: after['attack/advantage']!.mean < before['attack/advantage']!.mean,
      },
    ],
    drawings: [rocDrawing(judged.map(({ result, attacks }) => ({ title: result.name, attacks })))],
    notes: [
      'No figure here is a guarantee: other attacks may find more. Only differential privacy bounds all of them.',
      `Attacks tell ${members.length} members of the undefended network’s training set from as many other examples; the student is attacked through the same members, whether it saw them or not (inherited leakage).`,
      'Thresholds of advantages are chosen on the examples judged, which flatters every attack by about 1/√n; attack/meanLoss takes the mean training loss. attack/advantage is that of the strongest attack with its best threshold.',
      ...(trained.shadows.networks.length === 0
        ? []
        : [
            `The ${trained.shadows.networks.length} shadow networks are trained as the undefended network is. An attacker who trains shadows of the whole defence may find more.`,
          ]),
    ],
  };
}

type Metrics = Readonly<Record<string, Interval>>;

function accuracyOf(predictions: Predictions): Interval {
  const decided = decide(predictions);
  const right = decided.reduce((sum, decision, i) => sum + Number(decision === predictions.labels[i]), 0);
  return wilson(right, decided.length);
}

/** What the attacker knows of the shadows: confidences on the whole pool, members first, and answers on halves of it. */
function knowledgeOf({ dataset, members, others, shadows }: Trained): ShadowKnowledge | undefined {
  if (shadows.networks.length === 0) return undefined;
  const { train, inputShape, classes } = dataset;
  const pool = Int32Array.of(...members, ...others);
  const labels = Uint8Array.from(pool, (id) => train.labels[id]!);
  const logits = logitsOfMembers(shadows.networks, train, pool, inputShape);
  const pick = (network: number, side: 0 | 1): Predictions => {
    const chosen = Array.from(pool.keys()).filter((i) => shadows.inside[network]![i] === side);
    const rows = new Float32Array(chosen.length * classes);
    chosen.forEach((i, row) => {
      rows.set(logits[network]!.subarray(i * classes, (i + 1) * classes), row * classes);
    });
    return { logits: rows, labels: Uint8Array.from(chosen, (i) => labels[i]!), classes };
  };
  return {
    lira: {
      confidences: logits.map((values) => logitConfidences({ logits: values, labels, classes })),
      inside: shadows.inside,
    },
    // One pair of complementary shadows has every example once on either side.
    answers: [0, 1].map((network) => ({ members: pick(network, 1), others: pick(network, 0) })),
  };
}

/** The lowest rate drawn. */
const LEAST_RATE = 1e-3;

/** ROC curves on logarithmic axes, as attacks are to be judged where they raise few false alarms (Carlini et al. 2022). */
export function rocDrawing(
  panels: readonly { readonly title: string; readonly attacks: Readonly<Record<string, Roc>> }[],
): Lines {
  return {
    kind: 'lines',
    title: 'Membership attacks: true against false positive rates',
    x: { label: 'false positive rate', scale: 'log', min: LEAST_RATE, max: 1 },
    y: { label: 'true positive rate', scale: 'log', min: LEAST_RATE, max: 1 },
    diagonal: true,
    panels: panels.map(({ title, attacks }) => ({
      title,
      lines: Object.entries(attacks).map(([label, { points }]) => ({
        label,
        points: thinned(points.map(({ fpr, tpr }) => [fpr, tpr] as const)),
      })),
    })),
  };
}

/** Points that lie visibly apart on logarithmic axes; the first and the last of each run stay. */
function thinned(points: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const bin = (value: number) => Math.round(40 * Math.log10(Math.max(LEAST_RATE, value)));
  const seen = new Set<string>();
  return points
    .map(([x, y]) => [Math.max(LEAST_RATE, x), Math.max(LEAST_RATE, y)] as const)
    .filter(([x, y]) => {
      const key = `${bin(x)}/${bin(y)}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
}
