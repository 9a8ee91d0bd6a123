import { isDeepStrictEqual } from 'node:util';
import { UNHASHED } from '../config/base';
import { dotted } from '../config/dotted';
import { configHash, type RawConfig } from '../config/load';
import { type Interval, keysOf, type ModelResult } from '../core/results';
import type { Json } from '../core/state';
import { studentT } from '../math/statistics';
import type { Point } from '../report/journal';
import type { RunRecord } from '../run/record';

/** A finished run to be compared. */
export interface ComparedRun {
  readonly record: RunRecord;
  /** By `<stage>/<metric>`. */
  readonly curves: ReadonlyMap<string, readonly Point[]>;
}

/** A quantity over the seeds of a group, one value a seed in their order. */
export interface OverSeeds extends Interval {
  readonly values: readonly number[];
}

/** What a group's runs say of one of their models. */
export interface ModelOverSeeds {
  /** The role, with the model's name where a run has several of one role. */
  readonly key: string;
  readonly role: ModelResult['role'];
  readonly name: string;
  readonly parameters: number;
  readonly bytes: number;
  readonly multiplyAdds: number;
  readonly latency: OverSeeds;
  /** Metrics, fidelity and budget by name; only what every run has measured. */
  readonly measured: Readonly<Record<string, OverSeeds>>;
}

/** Runs of one configuration that differ in their seed only. */
export interface Group {
  /** A, B, … Z, AA, … */
  readonly letter: string;
  /** What sets it apart from the other groups. */
  readonly label: string;
  readonly name: string;
  readonly experiment: string;
  /** Hash of the configuration without its seed. */
  readonly hash: string;
  readonly seeds: readonly number[];
  readonly runs: readonly ComparedRun[];
  readonly models: readonly ModelOverSeeds[];
}

/** A key in which groups differ, with each one's value; undefined where a configuration has no such key. */
export interface Difference {
  readonly path: string;
  readonly values: readonly (Json | undefined)[];
}

const NOT_COMPARED = new Set<string>(['seed', ...UNHASHED]);
const LABEL_KEYS = 4;

/** Groups runs in the order given, seeds ascending; of two runs of one configuration and seed the later one counts. */
export function groupRuns(runs: readonly ComparedRun[]): { groups: Group[]; differences: Difference[] } {
  const byHash = new Map<string, Map<number, ComparedRun>>();
  for (const run of runs) {
    const { seed: _, ...rest } = run.record.config;
    const hash = configHash(rest as RawConfig);
    const seeds = byHash.get(hash) ?? new Map<number, ComparedRun>();
    byHash.set(hash, seeds);
    const before = seeds.get(run.record.seed);
    if (before === undefined || before.record.startedAt < run.record.startedAt) seeds.set(run.record.seed, run);
  }
  const gathered = [...byHash].map(([hash, seeds]) => ({
    hash,
    runs: [...seeds.values()].sort((a, b) => a.record.seed - b.record.seed),
  }));
  const differences = differencesOf(gathered.map((each) => each.runs[0]!.record.config as RawConfig));
  const groups = gathered.map(({ hash, runs: own }, i): Group => {
    const { name, experiment } = own[0]!.record;
    return {
      letter: letterOf(i),
      label: labelOf(name, differences, i),
      name,
      experiment,
      hash,
      seeds: own.map(({ record }) => record.seed),
      runs: own,
      models: modelsOf(own),
    };
  });
  return { groups, differences };
}

/** The dotted paths at which configurations differ, those that do not enter what is computed left out. */
export function differencesOf(configs: readonly RawConfig[]): Difference[] {
  const flat = configs.map((config) => dotted(config));
  const paths = [...new Set(flat.flatMap((each) => [...each.keys()]))];
  return paths
    .filter((path) => !NOT_COMPARED.has(path.split('.')[0]!))
    .map((path) => ({ path, values: flat.map((each) => each.get(path)) }))
    .filter(({ values }) => values.some((value) => !isDeepStrictEqual(value, values[0])));
}

/** Last keys that tell the paths apart, with values: `temperature 4, hidden [64]`; the name where that says more. */
function labelOf(name: string, differences: readonly Difference[], index: number): string {
  const told = differences.filter(({ path }) => path !== 'name');
  const named = differences.length > told.length || differences.length === 0;
  if (told.length > LABEL_KEYS && named) return name;
  const words = told.slice(0, LABEL_KEYS).map(({ path, values }) => {
    const value = values[index];
    return `${path.split('.').at(-1)} ${value === undefined ? 'unset' : typeof value === 'string' ? value : JSON.stringify(value)}`;
  });
  return [...(named ? [name] : []), ...words, ...(told.length > LABEL_KEYS ? ['…'] : [])].join(', ');
}

function letterOf(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : `${letterOf(Math.floor(index / 26) - 1)}${letter}`;
}

function modelsOf(runs: readonly ComparedRun[]): ModelOverSeeds[] {
  const perRun = runs.map(({ record }) => keyed(record.results?.models ?? []));
  return [...perRun[0]!].flatMap(([key, first]): ModelOverSeeds[] => {
    const models = perRun.flatMap((each) => each.get(key) ?? []);
    if (models.length < runs.length) return [];
    const all = models.map(
      ({ metrics, fidelity, budget }): Readonly<Record<string, number>> => ({
        ...budget,
        ...Object.fromEntries(Object.entries({ ...metrics, ...fidelity }).map(([name, { mean }]) => [name, mean])),
      }),
    );
    const measured: Record<string, OverSeeds> = {};
    for (const name of Object.keys(all[0]!)) {
      const values = all.map((each) => each[name]);
      // JSON has no NaN: a metric that was not finite is null in run.json.
      if (values.every((value) => typeof value === 'number' && Number.isFinite(value)))
        measured[name] = overSeeds(values as number[]);
    }
    const { role, name, parameters, bytes, multiplyAdds } = first;
    const latency = overSeeds(models.map((model) => model.latency.p50));
    return [{ key, role, name, parameters, bytes, multiplyAdds, latency, measured }];
  });
}

function keyed(models: readonly ModelResult[]): Map<string, ModelResult> {
  return new Map(keysOf(models).map((key, i) => [key, models[i]!]));
}

/** Mean over seeds with Student's t interval. */
export function overSeeds(values: readonly number[]): OverSeeds {
  return { ...studentT(values), values };
}
