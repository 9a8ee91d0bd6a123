import { KdlabError } from '../core/errors';
import { unknownName } from '../core/section';
import { holm, type Paired, paired } from '../math/paired';
import { type BandChart, bandCharts } from './bands';
import { type Frontier, frontierOf } from './frontier';
import { type Front, frontsOf } from './fronts';
import { type ComparedRun, type Difference, type Group, groupRuns, type ModelOverSeeds } from './groups';

/** Two models compared on the seeds that both have. */
export interface Test {
  /** What is compared, the difference being first minus second. */
  readonly first: string;
  readonly second: string;
  readonly seeds: readonly number[];
  /** Absent where fewer than two seeds are common. */
  readonly result?: Paired & { readonly tTestHolm: number; readonly signedRankHolm: number };
}

/** Tests that are corrected together. */
export interface Family {
  readonly title: string;
  readonly tests: readonly Test[];
}

export interface Comparison {
  readonly metric: string;
  readonly higherIsBetter: boolean;
  /** The model that groups are compared by, such as `student`. */
  readonly model: string;
  /** Letter of the group that the others are held against. */
  readonly reference: string;
  readonly groups: readonly Group[];
  readonly differences: readonly Difference[];
  readonly families: readonly Family[];
  readonly fronts: readonly Front[];
  /** Privacy against utility, where a run carries an ε. */
  readonly frontier?: Frontier;
  readonly charts: readonly BandChart[];
  readonly notes: readonly string[];
}

export interface CompareOptions {
  /** Default: the primary metric of the first run. */
  readonly metric?: string;
  /** Default: `student`, or the first model there is. */
  readonly model?: string;
  /** Letter of the reference. Default: the first group. */
  readonly against?: string;
}

/**
 * Compares finished runs: groups them by configuration apart from the seed, tests them paired by seed. Throws KdlabError
 * for no runs, or a metric, model or reference that is not there.
 */
export function compare(runs: readonly ComparedRun[], options: CompareOptions = {}): Comparison {
  const finished = runs.filter(({ record }) => record.results !== undefined);
  if (finished.length === 0) throw new KdlabError('none of these runs has results; only finished runs are compared');
  const { groups, differences } = groupRuns(finished);
  const results = finished[0]!.record.results!;
  const models = [...new Set(groups.flatMap((group) => group.models.map(({ key }) => key)))];
  const model = options.model ?? (models.includes('student') ? 'student' : models[0]);
  if (model === undefined || !models.includes(model)) throw new KdlabError(unknownName('model', model ?? '', models));
  const metric = options.metric ?? results.primaryMetric;
  const measured = [...new Set(groups.flatMap((group) => Object.keys(modelOf(group, model)?.measured ?? {})))];
  if (!measured.includes(metric)) throw new KdlabError(unknownName('metric', metric, measured));
  const reference = options.against ?? groups[0]!.letter;
  if (!groups.some(({ letter }) => letter === reference))
    throw new KdlabError(
      unknownName(
        'group',
        reference,
        groups.map(({ letter }) => letter),
      ),
    );
  const primary = finished.find(({ record }) => record.results!.primaryMetric === metric)?.record.results;
  const higherIsBetter = primary?.higherIsBetter ?? !/error|loss|kl/i.test(metric);
  const families = [
    acrossGroups(groups, reference, model, metric),
    against('baseline', 'the same network without a teacher', groups, model, metric),
    against('reference', 'the same network taught plainly', groups, model, metric),
  ].filter(({ tests }) => tests.length > 0);
  const frontier = frontierOf(groups, { metric, model, higherIsBetter });
  return {
    metric,
    higherIsBetter,
    model,
    reference,
    groups,
    differences,
    families,
    fronts: frontsOf(groups, metric, higherIsBetter),
    ...(frontier === undefined ? {} : { frontier }),
    charts: bandCharts(groups),
    notes: notesOf(groups, families, runs.length - finished.length, primary === undefined),
  };
}

export function modelOf(group: Group, key: string): ModelOverSeeds | undefined {
  return group.models.find((model) => model.key === key);
}

function acrossGroups(groups: readonly Group[], reference: string, model: string, metric: string): Family {
  const base = groups.find(({ letter }) => letter === reference)!;
  const tests = groups
    .filter((group) => group !== base)
    .map((group) => testOf(`${group.letter} ${model}`, group, model, `${base.letter} ${model}`, base, model, metric));
  return corrected(`each ${model} against that of ${reference}`, tests);
}

/** What a teacher, or a method, is for: each group's model against the same network trained without it. */
function against(other: string, what: string, groups: readonly Group[], model: string, metric: string): Family {
  const tests = groups
    .filter((group) => model !== other && modelOf(group, other) !== undefined)
    .map((group) => testOf(`${group.letter} ${model}`, group, model, `${group.letter} ${other}`, group, other, metric));
  return corrected(`each ${model} against ${what}`, tests);
}

function testOf(
  first: string,
  a: Group,
  modelA: string,
  second: string,
  b: Group,
  modelB: string,
  metric: string,
): Test {
  const [left, right] = [modelOf(a, modelA)?.measured[metric], modelOf(b, modelB)?.measured[metric]];
  const seeds = left === undefined || right === undefined ? [] : a.seeds.filter((seed) => b.seeds.includes(seed));
  if (seeds.length < 2) return { first, second, seeds };
  const pick = (group: Group, values: readonly number[]) => seeds.map((seed) => values[group.seeds.indexOf(seed)]!);
  const result = paired(pick(a, left!.values), pick(b, right!.values));
  return { first, second, seeds, result: { ...result, tTestHolm: Number.NaN, signedRankHolm: Number.NaN } };
}

function corrected(title: string, tests: readonly Test[]): Family {
  const adjust = (pick: (result: Paired) => number) =>
    holm(tests.map(({ result }) => (result === undefined ? Number.NaN : pick(result))));
  const [byT, byRank] = [adjust((result) => result.tTest), adjust((result) => result.signedRank)];
  return {
    title,
    tests: tests.map(({ result, ...test }, i) =>
      result === undefined ? test : { ...test, result: { ...result, tTestHolm: byT[i]!, signedRankHolm: byRank[i]! } },
    ),
  };
}

function notesOf(
  groups: readonly Group[],
  families: readonly Family[],
  unfinished: number,
  guessed: boolean,
): string[] {
  const fewest = Math.min(
    ...families.flatMap(({ tests }) => tests.flatMap(({ result }) => result?.n ?? [])),
    Number.POSITIVE_INFINITY,
  );
  const single = groups.filter(({ seeds }) => seeds.length === 1).length;
  return [
    'Intervals: 95 %, Student’s t over training seeds; a single seed has none.',
    ...(fewest === Infinity
      ? []
      : [
          'Tests are two-sided and paired by seed; p values are corrected by Holm within each table. The effect is Cohen’s d of the paired differences.',
        ]),
    ...(fewest < 6
      ? [
          `With ${fewest} pairs the signed-rank test cannot give less than ${2 ** (1 - fewest)} before correction: look at the interval.`,
        ]
      : []),
    ...(single > 0 ? [`${single} of ${groups.length} groups have one seed: nothing can be said of their spread.`] : []),
    ...(unfinished > 0 ? [`${unfinished} unfinished run${unfinished === 1 ? ' was' : 's were'} left out.`] : []),
    ...(guessed ? ['No run calls this metric its primary one: which way is better was judged by its name.'] : []),
  ];
}
