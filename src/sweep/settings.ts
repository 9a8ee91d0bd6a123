import { closest } from 'fastest-levenshtein';
import { dotted } from '../config/dotted';
import { configHash, type RawConfig, setAt } from '../config/load';
import { KdlabError, messageOf } from '../core/errors';
import type { Json } from '../core/state';
import { type Prepared, prepare } from '../run/prepare';
import { gridValues, probingValues } from './axis';
import type { Sweep } from './definition';

/** A value for each axis, by its dotted path. */
export type Setting = Readonly<Record<string, Json>>;

/** Keys that no axis may vary, with the reason. */
const FIXED: Readonly<Record<string, string>> = {
  seed: 'seeds are an axis of their own: use "seeds: [0, 1, 2]"',
  experiment: 'a sweep stays within one experiment',
  name: 'the name says of which recipe a run is; runs are told apart by the hash of their configuration',
  description: 'it does not change what is computed',
  checkpointSeconds: 'it does not change what is computed',
  tracking: 'it does not change what is computed',
};

/** The configuration of a setting and seed, validated by really parsing it. Throws KdlabError with its problems. */
export function prepareRun(sweep: Sweep, setting: Setting, seed: number, runsDir: string): Prepared {
  return prepare({ ...configOf(sweep, setting), seed }, { runsDir, where: sweep.where });
}

/** What tells settings apart whatever the seed. */
export function settingHash({ config }: Prepared): string {
  const { seed: _, ...rest } = config;
  return configHash(rest);
}

function configOf({ base, definition }: Sweep, setting: Setting): RawConfig {
  const config = structuredClone(base);
  for (const [path, value] of Object.entries({ ...definition.set, ...setting }))
    setAt(config, path.split('.'), structuredClone(value as Json), `axis "${path}"`);
  return config;
}

/**
 * Refuses, before anything runs, what would fail later: a base that is not valid, an axis that names no key of the
 * configuration, a value that its key does not take. Throws one KdlabError with every problem.
 */
export function checkAxes(sweep: Sweep, runsDir: string): void {
  const { axes, set, strategy, seeds } = sweep.definition;
  const resolved = prepareBase(sweep, runsDir);
  const known = [...dotted(resolved.config, { branches: true }).keys()];
  const problems: string[] = [];
  const paths = Object.keys(axes);
  for (const [path, axis] of Object.entries(axes)) {
    const fixed = FIXED[path.split('.')[0]!];
    const above = paths.find((other) => path.startsWith(`${other}.`));
    if (fixed !== undefined) problems.push(`axis "${path}" cannot be varied: ${fixed}`);
    else if (above !== undefined) problems.push(`axis "${path}" lies inside axis "${above}"; vary one of them`);
    else if ('grid' in strategy && gridValues(axis) === undefined)
      problems.push(`axis "${path}" is a range; a grid needs to know how many values: add points: 5`);
    else problems.push(...problemsOfAxis(sweep, path, probingValues(axis), known, seeds[0]!, runsDir));
  }
  for (const path of Object.keys(set))
    if (paths.some((axis) => axis === path || path.startsWith(`${axis}.`)))
      problems.push(`"set" gives a value for "${path}", which an axis varies`);
  if (problems.length > 0)
    throw new KdlabError(
      `${sweep.where} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.map((line) => `  ${line}`).join('\n')}`,
    );
}

function prepareBase(sweep: Sweep, runsDir: string): Prepared {
  try {
    return prepareRun(sweep, {}, sweep.definition.seeds[0]!, runsDir);
  } catch (error) {
    throw new KdlabError(`the base "${sweep.definition.base}" of ${sweep.where} is not valid:\n${messageOf(error)}`);
  }
}

function problemsOfAxis(
  sweep: Sweep,
  path: string,
  values: readonly Json[],
  known: readonly string[],
  seed: number,
  runsDir: string,
): string[] {
  // Lists may be varied as a whole or by element.
  const exists = known.includes(path) || known.includes(path.replace(/\.\d+$/, ''));
  const problems: string[] = [];
  for (const value of values)
    try {
      const { config } = prepareRun(sweep, { [path]: value }, seed, runsDir);
      if (reaches(config, path)) continue;
      problems.push(`axis "${path}" names no key of the configuration; did you mean "${closest(path, [...known])}"?`);
      break;
    } catch (error) {
      const reason =
        messageOf(error)
          .split('\n')
          .slice(1)
          .map((line) => line.trim())
          .join('; ') || messageOf(error);
      if (!exists && /unknown |has no keys/.test(reason)) {
        problems.push(
          `axis "${path}" names no key of the configuration; did you mean "${closest(path, [...known])}"? (${reason})`,
        );
        break;
      }
      problems.push(`axis "${path}" cannot be ${JSON.stringify(value)}: ${reason}`);
    }
  return problems;
}

function reaches(config: RawConfig, path: string): boolean {
  let place: Json | undefined = config;
  for (const key of path.split('.')) {
    if (place === null || typeof place !== 'object' || !(key in place)) return false;
    place = (place as RawConfig)[key];
  }
  return place !== undefined;
}
