import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { configHash, parseConfig, type RawConfig } from '../config/load';
import { KdlabError, messageOf } from '../core/errors';
import { section } from '../core/section';
import type { RunRecord } from '../run/record';
import { type Expected, figure } from './expected';
import { type Judgement, judge, type Measured, type Schedule } from './verdict';

const number = z.number();
/** JSON has no infinity: null is a bound that one seed cannot give. */
const bound = z.number().nullable();

export const certificateSchema = section({
  schema: z.literal(1),
  /** The recipe's folder. */
  paper: z.string(),
  title: z.string(),
  schedule: z.enum(['full', 'reduced', 'tiny']),
  /** ISO 8601. */
  madeAt: z.string(),
  command: z.string(),
  /** Of all runs: several where the code changed between them. */
  code: section({ version: z.string(), commits: z.array(z.string()), dirty: z.boolean() }),
  engine: z.string(),
  machine: z.string(),
  recipes: z.array(
    section({
      recipe: z.string(),
      /** Of the resolved configuration without its seed. */
      configHash: z.string(),
      seeds: z.array(number),
      runs: z.array(z.string()),
      secondsPerSeed: number,
      datasets: z.array(section({ name: z.string(), digest: z.string(), splitHash: z.string().optional() })),
    }),
  ),
  figures: z.array(
    section({
      what: z.string(),
      printed: z.string(),
      status: z.string(),
      figure,
      /** The recipe that was run for it. */
      recipe: z.string(),
      seeds: z.array(number),
      values: z.array(number),
      mean: number,
      low: bound,
      high: bound,
      agrees: z.boolean(),
    }),
  ),
  orderings: z.array(section({ smaller: z.string(), greater: z.string(), holds: z.boolean() })),
  verdict: z.enum(['reproduced', 'ordering only', 'not reproduced']),
  reason: z.string(),
});

export type Certificate = z.output<typeof certificateSchema>;

/** The finished runs of one recipe, seeds ascending. */
export interface RecipeRuns {
  readonly recipe: string;
  readonly records: readonly RunRecord[];
}

interface Making {
  readonly paper: string;
  readonly expected: Expected;
  readonly schedule: Schedule;
  readonly command: string;
  /** The runs for a recipe at full length, made by itself or by what stands for it. */
  readonly runsFor: (fullRecipe: string) => RecipeRuns;
}

/** What was published beside what these runs measured. Throws KdlabError where a run lacks a figure's metric. */
export function makeCertificate({ paper, expected, schedule, command, runsFor }: Making): Certificate {
  const asked = expected.published.flatMap(({ figure: own, ...rest }) =>
    own === undefined ? [] : [{ ...rest, figure: own }],
  );
  const runs = new Map(asked.map((each) => [each.figure.recipe, runsFor(each.figure.recipe)]));
  const measured = asked.map(({ what, figure: own }): Measured => {
    const { recipe, records } = runs.get(own.recipe)!;
    return {
      what,
      figure: own,
      seeds: records.map(({ seed }) => seed),
      values: records.map((record) => metricOf(record, own.metric, recipe)),
    };
  });
  const { verdict, reason, figures, orderings } = judge(measured, schedule);
  const records = [...runs.values()].flatMap((each) => each.records);
  const first = records[0]!;
  const each = (pick: (record: RunRecord) => string) => [...new Set(records.map(pick))].join(' and ');
  return {
    schema: 1,
    paper,
    title: expected.paper,
    schedule,
    madeAt: new Date().toISOString(),
    command,
    code: {
      version: each(({ versions }) => versions.kdlab ?? 'unknown'),
      commits: [...new Set(records.flatMap(({ git }) => git?.commit ?? []))],
      dirty: records.some(({ git }) => git?.dirty === true),
    },
    engine: each(({ engine }) => engine.name),
    machine: `${first.hardware.cpu}, ${first.hardware.cores} cores`,
    recipes: [...new Map([...runs.values()].map((each) => [each.recipe, each])).values()].map(recipeEntry),
    figures: asked.map(({ what, value, status, figure: own }, i) => ({
      what,
      printed: value,
      status,
      figure: own,
      recipe: runs.get(own.recipe)!.recipe,
      seeds: [...measured[i]!.seeds],
      values: [...measured[i]!.values],
      ...finiteBounds(figures[i]!),
    })),
    orderings: [...orderings],
    verdict,
    reason,
  };
}

/** The verdict that a certificate's own values give today. */
export function judgeAgain({ figures, schedule }: Certificate): Judgement {
  return judge(figures, schedule);
}

/** Throws KdlabError where the file is not a certificate. */
export function readCertificate(file: string): Certificate {
  try {
    return parseConfig(certificateSchema, JSON.parse(fs.readFileSync(file, 'utf8')) as RawConfig, file);
  } catch (error) {
    throw error instanceof KdlabError ? error : new KdlabError(`${file} cannot be read: ${messageOf(error)}`);
  }
}

/** The certificates kept with the recipes below a folder, by file. */
export function keptCertificates(recipesFolder: string): Map<string, Certificate> {
  const found = new Map<string, Certificate>();
  for (const name of fs.readdirSync(recipesFolder).sort()) {
    const folder = path.join(recipesFolder, name, 'certificates');
    if (!fs.existsSync(folder)) continue;
    for (const file of fs.readdirSync(folder).sort())
      if (file.endsWith('.json')) found.set(path.join(folder, file), readCertificate(path.join(folder, file)));
  }
  return found;
}

/** The hash that a certificate holds of a configuration: what is computed, whatever the seed. */
export function recipeHash(config: RunRecord['config']): string {
  const { seed: _, ...rest } = config;
  return configHash(rest as RawConfig);
}

function recipeEntry({ recipe, records }: RecipeRuns): Certificate['recipes'][number] {
  const first = records[0]!;
  const seconds = records.reduce((sum, record) => sum + record.seconds, 0) / records.length;
  return {
    recipe,
    configHash: recipeHash(first.config),
    seeds: records.map(({ seed }) => seed),
    runs: records.map(({ id }) => id),
    secondsPerSeed: Math.round(seconds * 10) / 10,
    datasets: first.datasets.map(({ name, digest, splitHash }) => ({
      name,
      digest,
      ...(splitHash === undefined ? {} : { splitHash }),
    })),
  };
}

function metricOf({ results, id }: RunRecord, metric: string, recipe: string): number {
  const at = metric.indexOf('.');
  const [role, name] = [metric.slice(0, at), metric.slice(at + 1)];
  const model = results?.models.find((each) => each.role === role);
  const value = (model?.metrics[name] ?? model?.fidelity?.[name])?.mean;
  if (typeof value !== 'number')
    throw new KdlabError(
      `run ${id} of ${recipe} has no ${metric}; it has ${Object.keys({ ...model?.metrics, ...model?.fidelity })
        .map((key) => `${role}.${key}`)
        .join(', ')}`,
    );
  return value;
}

function finiteBounds({ mean, low, high, agrees }: Judgement['figures'][number]): {
  mean: number;
  low: number | null;
  high: number | null;
  agrees: boolean;
} {
  return { mean, low: Number.isFinite(low) ? low : null, high: Number.isFinite(high) ? high : null, agrees };
}
