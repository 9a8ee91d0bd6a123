import type { z } from 'zod';
import { graphBatch, knownLabels } from '../../graphs/batch';
import { accuracy, decisions } from '../../graphs/evaluate/accuracy';
import { byDegree, byHomophily } from '../../graphs/evaluate/buckets';
import { hopsOf } from '../../graphs/evaluate/hops';
import { nodeLatency } from '../../graphs/evaluate/latency';
import { predictor } from '../../graphs/evaluate/predict';
import { localHomophily } from '../../graphs/transforms/homophily';
import type { StageSummary } from '../../src/core/experiment';
import { describePart } from '../../src/core/named';
import type { Breakdown, Claim, Interval, ModelResult, Results } from '../../src/core/results';
import type { Batch, Model } from '../../src/core/types';
import { disposeBatch } from '../../src/data/batch';
import { fidelity, type Predictions } from '../../src/evaluate/classification';
import { Rng } from '../../src/math/rng';
import type { schema } from '../gnn';
import type { GraphTask } from '../parts/graph-task';
import { roleNames } from './role-names';

/** Requests that latencies are measured with. */
const REQUESTS = 40;

interface Trained {
  readonly config: z.output<typeof schema>;
  readonly task: GraphTask;
  /** The nodes that training saw, with their graph. */
  readonly observedBatch: Batch;
  readonly teacher: Model;
  readonly student: Model;
  readonly baseline?: Model;
  readonly trained: Readonly<Record<string, StageSummary>>;
}

/** Test accuracies at the best validation, on nodes seen and unseen in training, fidelity to the teacher, latency. */
export function graphResults(parts: Trained): Results {
  const { config, task, observedBatch, teacher, student, baseline, trained } = parts;
  const { whole, observed, split, unseen } = task;
  const wholeBatch = unseen.length === 0 ? observedBatch : wholeGraphBatch(task);
  const production = unseen.length > 0;
  const seenTest = split.test;
  /** Logits on what training saw, and on the whole graph, of which the unseen nodes alone are judged. */
  const predict = (model: Model) => ({
    seen: Float32Array.from(predictor(model, observedBatch)()),
    whole: Float32Array.from(predictor(model, wholeBatch)()),
  });
  type Logits = ReturnType<typeof predict>;
  const tested = (logits: Logits, classes: number): Predictions => rowsOf(logits, task, classes);
  const taught = predict(teacher);

  const measure = (role: ModelResult['role'], model: Model, logits: Logits): ModelResult => {
    const { model: part } = role === 'teacher' ? config.teacher : config.student;
    const decided = decisions(logits.seen, model.classes);
    const transductive = accuracy(decided, observed.labels, seenTest);
    const metrics: Record<string, Interval> = { testAccuracy: transductive };
    if (production) {
      const inductive = accuracy(decisions(logits.whole, model.classes), whole.labels, unseen);
      metrics.testAccuracy = mixed(inductive, transductive, config.unseen);
      metrics.transductiveAccuracy = transductive;
      metrics.inductiveAccuracy = inductive;
    }
    metrics.validationAccuracy = accuracy(decided, observed.labels, split.validation);
    const hops = hopsOf(part);
    const asked = (size: number) => requests(production ? unseen : seenTest, size);
    const single = nodeLatency(model, whole, { batches: asked(1), hops });
    const ten = nodeLatency(model, whole, { batches: asked(10), hops });
    return {
      role,
      name: roleNames[role],
      description: `${describePart(part)}; ${trained[role]?.step ?? 0} epochs`,
      ...model.cost,
      latency: { p50: single.p50, p95: single.p95 },
      metrics,
      ...(role === 'teacher'
        ? {}
        : { fidelity: fidelity(tested(taught, teacher.classes), tested(logits, model.classes)) }),
      budget: {
        epochs: trained[role]?.step ?? 0,
        'ms for 10 nodes': ten.p50,
        'nodes fetched for 1': single.fetched,
        'nodes fetched for 10': ten.fetched,
      },
    };
  };
  const all = [
    ['teacher', teacher, taught] as const,
    ['student', student, predict(student)] as const,
    ...(baseline === undefined ? [] : [['baseline', baseline, predict(baseline)] as const]),
  ];
  const models = all.map(([role, model, logits]) => measure(role, model, logits));
  const [teacherResult, distilled, alone] = models;
  const percent = (result: ModelResult) => `${(100 * result.metrics.testAccuracy!.mean).toFixed(2)} %`;
  const speed = teacherResult!.latency.p50 / distilled!.latency.p50;
  const claims: Claim[] =
    alone === undefined
      ? []
      : [
          {
            claim: 'the distilled student is more accurate than the same student alone',
            found: `${percent(distilled!)} against ${percent(alone)}`,
            met: distilled!.metrics.testAccuracy!.mean > alone.metrics.testAccuracy!.mean,
          },
        ];
  const decided = all.map(([, model, logits]) => decisions(logits.seen, model.classes));
  const homophily = localHomophily(observed);
  const breakdown = (title: string, groups: readonly { label: string; nodes: Int32Array }[]): Breakdown => ({
    title,
    metric: 'testAccuracy',
    groups: groups.map(({ label, nodes }) => ({
      label,
      count: nodes.length,
      values: decided.map((own) => accuracy(own, observed.labels, nodes)),
    })),
  });
  if (wholeBatch !== observedBatch) disposeBatch(wholeBatch);
  return {
    headline:
      `Test accuracy on ${config.dataset.name}: teacher ${percent(teacherResult!)}, distilled student ${percent(distilled!)}` +
      `${alone === undefined ? '' : `, the same student alone ${percent(alone)}`}; the student answers for one node ` +
      `${speed >= 1 ? `${speed.toFixed(1)} times faster` : `${(1 / speed).toFixed(1)} times slower`} than the teacher, neighbours fetched.`,
    primaryMetric: 'testAccuracy',
    higherIsBetter: true,
    models,
    claims,
    breakdowns: [
      breakdown(
        'Accuracy by degree',
        byDegree(seenTest, (node) => observed.degree(node)),
      ),
      breakdown('Accuracy by the share of neighbours of the own class', byHomophily(seenTest, homophily)),
    ],
    notes: [
      'Accuracies are of the parameters that were best on the validation nodes, of equally good ones the last.',
      `Intervals: 95 %, over ${seenTest.length + unseen.length} test nodes of one seed; they do not cover the choice of seed (use --seeds).`,
      ...(production
        ? [
            `Of the test nodes ${unseen.length} were hidden in training with all their edges; testAccuracy is ${config.unseen} · ` +
              `inductiveAccuracy + ${1 - config.unseen} · transductiveAccuracy.`,
          ]
        : []),
      `Latency: ${REQUESTS} requests, neighbours found and features fetched each time, by tfjs’ operations for all models alike.`,
    ],
  };
}

/** Whom training did not see are judged on the whole graph, of which only the training nodes' labels are told. */
function wholeGraphBatch({ whole, split, seen }: GraphTask): Batch {
  const train = split.train.map((node) => seen[node]!);
  return graphBatch(whole, { labels: knownLabels(whole.labels, train) });
}

/** Logits of all test nodes, those seen in training first. */
function rowsOf(
  logits: { readonly seen: Float32Array; readonly whole: Float32Array },
  { split, observed, whole, unseen }: GraphTask,
  classes: number,
): Predictions {
  const pick = (from: Float32Array, nodes: Int32Array) =>
    Array.from(nodes, (node) => [...from.subarray(node * classes, (node + 1) * classes)]).flat();
  return {
    logits: Float32Array.from([...pick(logits.seen, split.test), ...pick(logits.whole, unseen)]),
    labels: Uint8Array.from([
      ...split.test.map((node) => observed.labels[node]!),
      ...unseen.map((node) => whole.labels[node]!),
    ]),
    classes,
  };
}

/** The mean of two accuracies at given shares; bounds as if they were independent. */
function mixed(first: Interval, second: Interval, share: number): Interval {
  const mean = share * first.mean + (1 - share) * second.mean;
  const half = (side: 'low' | 'high') =>
    Math.hypot(share * (first[side] - first.mean), (1 - share) * (second[side] - second.mean));
  return { mean, low: mean - half('low'), high: mean + half('high'), n: first.n + second.n, method: 'wilson' };
}

/** Distinct requests for `size` test nodes each. */
function requests(nodes: Int32Array, size: number): Int32Array[] {
  const rng = Rng.root(0).split('requests', size);
  return Array.from({ length: REQUESTS }, (_, i) =>
    Int32Array.from(rng.split('request', i).permutation(nodes.length).subarray(0, size), (at) => nodes[at]!).sort(),
  );
}
