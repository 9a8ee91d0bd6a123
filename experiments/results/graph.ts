import type { z } from 'zod';
import { graphBatch, knownLabels } from '../../graphs/batch';
import { accuracy, decisions } from '../../graphs/evaluate/accuracy';
import { byDegree, byHomophily } from '../../graphs/evaluate/buckets';
import { hopsOf } from '../../graphs/evaluate/hops';
import { nodeLatency } from '../../graphs/evaluate/latency';
import { predictor } from '../../graphs/evaluate/predict';
import type { Graph } from '../../graphs/graph';
import { localHomophily } from '../../graphs/transforms/homophily';
import type { StageSummary } from '../../src/core/experiment';
import { describePart } from '../../src/core/named';
import type { Breakdown, Claim, Interval, ModelResult, Results } from '../../src/core/results';
import type { Batch, Model } from '../../src/core/types';
import { disposeBatch } from '../../src/data/batch';
import { fidelity, type Predictions } from '../../src/evaluate/classification';
import { Rng } from '../../src/math/rng';
import { signTest } from '../../src/math/sign-test';
import { studentT } from '../../src/math/statistics';
import type { schema } from '../gnn';
import type { GraphTask } from '../parts/graph-task';
import { confusionDrawing, embeddingDrawing } from './graph-drawings';
import { roleNames } from './role-names';

/** Requests that latencies are measured with. */
const REQUESTS = 40;

type Role = ModelResult['role'];

interface Trained {
  readonly config: z.output<typeof schema>;
  readonly task: GraphTask;
  /** The nodes that training saw, with their graph. */
  readonly observedBatch: Batch;
  readonly models: { readonly teacher: Model; readonly student: Model } & { readonly [role in Role]?: Model };
  readonly trained: Readonly<Record<string, StageSummary>>;
  /** What the students know of the graph where the teacher knows more. */
  readonly poorer?: { readonly graph: Graph; readonly batch: Batch };
}

/** A model with its answers on what training saw, and on the whole graph, of which the unseen nodes alone are judged. */
interface Judged {
  readonly role: Role;
  readonly model: Model;
  readonly logits: { readonly seen: Float32Array; readonly whole: Float32Array };
  /** On all test nodes, those seen in training first. */
  readonly predictions: Predictions;
}

/** Test accuracies at the best validation, on nodes seen and unseen in training, fidelity to the teacher, latency. */
export function graphResults({ config, task, observedBatch, models, trained, poorer }: Trained): Results {
  const { whole, observed, split, unseen } = task;
  const production = unseen.length > 0;
  const wholeBatch = production ? wholeGraphBatch(task) : observedBatch;
  const known = (role: string, batch: Batch) => (role === 'teacher' ? batch : (poorer?.batch ?? batch));
  const judged = Object.entries(models).map(([role, model]): Judged => {
    const logits = {
      seen: Float32Array.from(predictor(model, known(role, observedBatch))()),
      whole: Float32Array.from(predictor(model, known(role, wholeBatch))()),
    };
    return { role: role as Role, model, logits, predictions: rowsOf(logits, task, model.classes) };
  });
  if (wholeBatch !== observedBatch) disposeBatch(wholeBatch);
  const latencies = judged.map(({ role, model }) => {
    const hops = hopsOf(role === 'teacher' ? config.teacher.model : config.student.model);
    return [1, 10].map((size) =>
      nodeLatency(model, role === 'teacher' ? whole : (poorer?.graph ?? whole), {
        batches: requests(production ? unseen : split.test, size),
        hops,
        positions: task.positions?.whole,
      }),
    );
  });
  const [teacher, student] = judged as [Judged, Judged];
  const results = judged.map(({ role, model, logits, predictions }, i): ModelResult => {
    const { model: part } = role === 'teacher' ? config.teacher : config.student;
    const [single, ten] = latencies[i]!;
    return {
      role,
      name: roleNames[role],
      description: `${describePart(part)}; ${trained[role]?.step ?? 0} epochs`,
      ...model.cost,
      latency: { p50: single!.p50, p95: single!.p95 },
      metrics: {
        ...accuracies(logits, task, model.classes, config.unseen),
        ...(role === 'student' ? gains(judged, predictions) : {}),
      },
      ...(role === 'teacher' ? {} : { fidelity: fidelity(teacher.predictions, predictions) }),
      requests: {
        'ms a node, ten at once': ten!.p50 / 10,
        'speed-up, one node': latencies[0]![0]!.p50 / single!.p50,
        'speed-up, ten nodes': latencies[0]![1]!.p50 / ten!.p50,
        'nodes fetched for one': single!.fetched,
        'nodes fetched for ten': ten!.fetched,
      },
      budget: { epochs: trained[role]?.step ?? 0 },
    };
  });
  const percent = (role: Role) => {
    const found = results.find((each) => each.role === role);
    return found === undefined ? '' : `${(100 * found.metrics.testAccuracy!.mean).toFixed(2)} %`;
  };
  const speed = latencies[0]![0]!.p50 / latencies[1]![0]!.p50;
  const isolated = Array.from({ length: whole.nodes }, (_, node) => whole.degree(node)).filter((d) => d === 0).length;
  return {
    headline:
      `Test accuracy on ${config.dataset.name}: teacher ${percent('teacher')}, distilled student ${percent('student')}` +
      `${models.reference === undefined ? '' : `, plainly distilled ${percent('reference')}`}` +
      `${models.baseline === undefined ? '' : `, the same student alone ${percent('baseline')}`}; the student answers for one node ` +
      `${speed >= 1 ? `${speed.toFixed(1)} times faster` : `${(1 / speed).toFixed(1)} times slower`} than the teacher, neighbours fetched.`,
    primaryMetric: 'testAccuracy',
    higherIsBetter: true,
    models: results,
    claims: judged.flatMap(({ role, predictions }) =>
      role === 'reference' || role === 'baseline' ? [claimOver(role, student.predictions, predictions)] : [],
    ),
    breakdowns: breakdowns(judged, task),
    drawings: [
      confusionDrawing([teacher, student]),
      ...(config.embedding === 0
        ? []
        : [
            embeddingDrawing([teacher, student], {
              batch: observedBatch,
              labels: observed.labels,
              nodes: split.test,
              count: config.embedding,
            }),
          ]),
    ],
    notes: [
      'Accuracies are of the parameters that were best on the validation nodes, of equally good ones the last.',
      `Intervals: 95 %, over ${split.test.length + unseen.length} test nodes of one seed; they do not cover the choice of seed (use --seeds).`,
      ...(production
        ? [
            `Of the test nodes ${unseen.length} were hidden in training with all their edges; testAccuracy is ${config.unseen} · ` +
              `inductiveAccuracy + ${1 - config.unseen} · transductiveAccuracy. Gains count all test nodes alike.`,
          ]
        : []),
      ...(isolated > 0
        ? [
            `${isolated} of ${whole.nodes} nodes have no neighbour: by a graph network too they are judged by themselves.`,
          ]
        : []),
      `Latency: ${REQUESTS} requests, neighbours found and features fetched each time, by tfjs’ operations for all models alike.`,
    ],
  };
}

/** In the production setting testAccuracy is the mixture that new nodes make up the given share of. */
function accuracies(
  logits: Judged['logits'],
  { observed, whole, split, unseen }: GraphTask,
  classes: number,
  share: number,
): Record<string, Interval> {
  const decided = decisions(logits.seen, classes);
  const transductive = accuracy(decided, observed.labels, split.test);
  const validationAccuracy = accuracy(decided, observed.labels, split.validation);
  if (unseen.length === 0) return { testAccuracy: transductive, validationAccuracy };
  const inductive = accuracy(decisions(logits.whole, classes), whole.labels, unseen);
  return {
    testAccuracy: mixed(inductive, transductive, share),
    transductiveAccuracy: transductive,
    inductiveAccuracy: inductive,
    validationAccuracy,
  };
}

/** What the student is more accurate by than each other model, on the same test nodes. */
function gains(judged: readonly Judged[], student: Predictions): Record<string, Interval> {
  const ours = rights(student);
  const over = { teacher: 'gainOverTeacher', reference: 'gainOverReference', baseline: 'gainOverBaseline' };
  return Object.fromEntries(
    judged.flatMap(({ role, predictions }) => {
      if (role === 'student') return [];
      const theirs = rights(predictions);
      return [[over[role], studentT(ours.map((right, i) => Number(right) - Number(theirs[i]!)))] as const];
    }),
  );
}

function rights({ logits, labels, classes }: Predictions): boolean[] {
  return Array.from(decisions(logits, classes), (decided, i) => decided === labels[i]);
}

/** Whether the student beats another on the same test nodes, and by how many that only one of them decides rightly. */
function claimOver(role: 'reference' | 'baseline', student: Predictions, other: Predictions): Claim {
  const [ours, theirs] = [rights(student), rights(other)];
  const only = (a: boolean[], b: boolean[]) => a.filter((is, i) => is && !b[i]).length;
  const [gained, lost] = [only(ours, theirs), only(theirs, ours)];
  const p = signTest(gained, lost);
  const chance = Number.isNaN(p) ? '' : `; McNemar’s exact p ${p < 1e-4 ? '< 0.0001' : `= ${p.toFixed(4)}`}`;
  return {
    claim: `the distilled student is more accurate than the same student ${role === 'baseline' ? 'alone' : 'plainly distilled'}`,
    found: `of ${ours.length} test nodes ${gained} right by it alone, ${lost} by the other alone${chance}`,
    met: gained > lost,
  };
}

function breakdowns(judged: readonly Judged[], { observed, split }: GraphTask): Breakdown[] {
  const decided = judged.map(({ model, logits }) => decisions(logits.seen, model.classes));
  const breakdown = (title: string, groups: readonly { label: string; nodes: Int32Array }[]): Breakdown => ({
    title,
    metric: 'testAccuracy',
    groups: groups.map(({ label, nodes }) => ({
      label,
      count: nodes.length,
      values: decided.map((own) => accuracy(own, observed.labels, nodes)),
    })),
  });
  return [
    breakdown(
      'Accuracy by degree',
      byDegree(split.test, (node) => observed.degree(node)),
    ),
    breakdown(
      'Accuracy by the share of neighbours of the own class',
      byHomophily(split.test, localHomophily(observed)),
    ),
  ];
}

/** Whom training did not see are judged on the whole graph, of which only the training nodes' labels are told. */
function wholeGraphBatch({ whole, split, seen, positions }: GraphTask): Batch {
  const train = split.train.map((node) => seen[node]!);
  const labels = knownLabels(whole.labels, train);
  return graphBatch(whole, { labels, ...(positions && { positions: positions.whole }) });
}

/** Logits of all test nodes, those seen in training first. */
function rowsOf(logits: Judged['logits'], { split, observed, whole, unseen }: GraphTask, classes: number): Predictions {
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
