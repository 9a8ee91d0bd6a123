import fs from 'node:fs';
import path from 'node:path';
import { readConfig } from '../config/load';
import { KdlabError } from '../core/errors';
import { writeWhole } from '../core/files';
import { unknownName } from '../core/section';
import { type Certificate, keptCertificates, makeCertificate, type RecipeRuns } from '../reproduce/certificate';
import { figureCells, reproductionsDocument } from '../reproduce/document';
import { type Expected, readExpected } from '../reproduce/expected';
import type { Schedule } from '../reproduce/verdict';
import { assertWritable, runsFolder } from '../run/execute';
import { RunFolder } from '../run/folder';
import { packageRoot, recipesFolder } from '../run/package-root';
import { definitionSchema, makeSweep } from '../sweep/definition';
import { SweepFolder } from '../sweep/record';
import { invocation } from './options';
import { configFile, recipes } from './recipes';
import { table } from './summary';
import { conductWatched, poolOf, type SweepOptions } from './sweep';

interface ReproduceOptions extends SweepOptions {
  readonly list?: boolean;
  readonly reduced?: boolean;
  readonly tiny?: boolean;
  readonly seeds?: readonly number[];
  readonly keep?: boolean;
  readonly writeDocs?: boolean;
}

const SEEDS = [0, 1, 2, 3, 4];

/** `kdlab reproduce`. Exit code 1 where a run failed; a verdict is an answer, whatever it is. */
export async function reproduce(paper: string | undefined, options: ReproduceOptions): Promise<void> {
  if (options.reduced === true && options.tiny === true)
    throw new KdlabError('--reduced and --tiny exclude each other');
  if (options.list === true) return list(options);
  if (paper !== undefined) await reproduceOne(paper, options);
  if (options.writeDocs === true) {
    const file = path.join(packageRoot, 'docs', 'reproductions.md');
    writeWhole(file, reproductionsDocument([...keptCertificates(recipesFolder).values()]));
    if (options.json !== true) process.stdout.write(`Written: ${file}\n`);
  } else if (paper === undefined) throw new KdlabError(`name a paper, or see "${invocation()} reproduce --list"`);
}

/** Recipes with figures that a machine can compare, by the name of their folder. */
function papers(): Map<string, Expected> {
  const folders = new Set([...recipes().values()].map((file) => path.dirname(file)));
  return new Map(
    [...folders]
      .filter((folder) => fs.existsSync(path.join(folder, 'expected.json')))
      .map((folder) => [path.basename(folder), readExpected(folder)] as const)
      .filter(([, { published }]) => published.some(({ figure }) => figure !== undefined)),
  );
}

function list(options: ReproduceOptions): void {
  const kept = [...keptCertificates(recipesFolder).values()].filter(({ schedule }) => schedule !== 'tiny');
  const found = [...papers()].map(([name, { paper, published, reduced }]) => ({
    paper: name,
    title: paper,
    figures: published.filter(({ figure }) => figure !== undefined).length,
    reduced: reduced !== undefined,
    certificates: kept.filter((each) => each.paper === name).map(({ schedule, verdict }) => ({ schedule, verdict })),
  }));
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(found)}\n`);
    return;
  }
  for (const { paper, title, figures, reduced, certificates } of found)
    process.stdout.write(
      `${paper}: ${title}\n  ${figures} published figure${figures === 1 ? '' : 's'}${reduced ? ', with a reduced schedule' : ''}` +
        `${certificates.map(({ schedule, verdict }) => `; ${schedule}: ${verdict}`).join('')}\n`,
    );
}

async function reproduceOne(paper: string, options: ReproduceOptions): Promise<void> {
  const known = papers();
  const expected = known.get(paper);
  if (expected === undefined) throw new KdlabError(unknownName('paper', paper, [...known.keys()]));
  const runsDir = runsFolder(options.runsDir);
  assertWritable(runsDir);
  const schedule: Schedule = options.tiny === true ? 'tiny' : options.reduced === true ? 'reduced' : 'full';
  const wanted = [...new Set(expected.published.flatMap(({ figure }) => figure?.recipe ?? []))];
  const chosen = new Map(wanted.map((recipe) => [recipe, standIn(paper, recipe, schedule, expected)]));
  const runs = new Map<string, RecipeRuns>();
  let sweepFolder: SweepFolder | undefined;
  for (const recipe of new Set(chosen.values())) {
    const definition = definitionSchema.parse({
      name: `reproduce-${recipe.replaceAll('/', '-')}`,
      base: recipe,
      seeds: options.seeds ?? SEEDS,
    });
    const asked = makeSweep(definition, readConfig(configFile(recipe)), recipe);
    const record = await conductWatched(asked, poolOf(options), runsDir, options);
    if (record.status === 'INTERRUPTED') {
      process.exitCode = 130;
      process.stderr.write('Stopped; the same command goes on.\n');
      return;
    }
    const folder = SweepFolder.of(runsDir, record.experiment, record.id);
    sweepFolder ??= folder;
    const { children } = record.trials[0]!;
    const failed = children.filter(({ status }) => status !== 'FINISHED');
    if (failed.length > 0)
      throw new KdlabError(
        `${recipe}: ${failed.map(({ seed, error }) => `seed ${seed} failed: ${error ?? ''}`).join('; ')}`,
        { exitCode: 1 },
      );
    runs.set(recipe, {
      recipe,
      records: children.map((child) => new RunFolder(path.resolve(folder.runFolder(child))).read()),
    });
  }
  const certificate = makeCertificate({
    paper,
    expected,
    schedule,
    // As anybody would give it: without this machine's folders.
    command: `kdlab reproduce ${paper}${schedule === 'full' ? '' : ` --${schedule}`} --seeds ${(options.seeds ?? SEEDS).join(',')}`,
    runsFor: (recipe) => runs.get(chosen.get(recipe)!)!,
  });
  const files = [path.join(sweepFolder!.path, 'certificate.json')];
  if (options.keep === true) files.push(path.join(recipesFolder, paper, 'certificates', `${schedule}.json`));
  for (const file of files) writeWhole(file, `${JSON.stringify(certificate, null, 2)}\n`);
  present(certificate, files, options);
}

/** The recipe that is run for one at full length. */
function standIn(paper: string, recipe: string, schedule: Schedule, expected: Expected): string {
  if (schedule === 'full') return recipe;
  const name = schedule === 'tiny' ? `${paper}/tiny` : expected.reduced?.[recipe];
  if (name === undefined || !recipes().has(name))
    throw new KdlabError(`${recipe} has no ${schedule} schedule; run it at full length`);
  return name;
}

function present(certificate: Certificate, files: readonly string[], options: ReproduceOptions): void {
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ ...certificate, files })}\n`);
    return;
  }
  const { title, schedule, figures, orderings, verdict, reason } = certificate;
  const rows = [['', 'published', 'ours, 95 % over seeds', 'each seed', 'agrees'], ...figures.map(figureCells)];
  process.stdout.write(
    `\n${title}\n${schedule === 'full' ? 'At full length' : `On the ${schedule} schedule: its figures are not those of the paper`}.\n\n` +
      `${table(rows)}\n\n${orderings.map(({ smaller, greater, holds }) => `${holds ? '✓' : '✗'} ${smaller} < ${greater}\n`).join('')}` +
      `${verdict}: ${reason}\n${files.map((file) => `Certificate: ${file}\n`).join('')}`,
  );
}
