import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { KdlabError, messageOf } from '../core/errors';
import type { Json } from '../core/state';
import { UNHASHED } from './base';

export type RawConfig = { [key: string]: Json };

export interface Overrides {
  /** `a.b=3` each; the value is read as YAML. */
  readonly set?: readonly string[];
  readonly seed?: number;
  readonly engine?: string;
}

/**
 * Reads a YAML file, merges it over what it `extends` (a path relative to itself; objects merge, lists, scalars and
 * named parts replace) and applies overrides. Throws KdlabError naming file and line.
 */
export function readConfig(file: string, overrides: Overrides = {}): RawConfig {
  const config = readExtending(path.resolve(file), []);
  for (const assignment of overrides.set ?? []) assign(config, assignment);
  if (overrides.seed !== undefined) config.seed = overrides.seed;
  if (overrides.engine !== undefined) config.engine = overrides.engine;
  return config;
}

function readExtending(file: string, seen: readonly string[]): RawConfig {
  if (seen.includes(file))
    throw new KdlabError(
      `${file}: "extends" goes round in a circle: ${[...seen, file].map((f) => path.basename(f)).join(' → ')}`,
    );
  const { extends: parent, ...own } = readYaml(file);
  if (parent === undefined) return own;
  if (typeof parent !== 'string')
    throw new KdlabError(`${file}: "extends" is ${JSON.stringify(parent)}, expected the path of another configuration`);
  return merge(readExtending(path.resolve(path.dirname(file), parent), [...seen, file]), own);
}

function readYaml(file: string): RawConfig {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new KdlabError(`cannot read the configuration ${file}: ${messageOf(error)}`);
  }
  const value = parseYaml(text, file);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new KdlabError(
      `${file} holds ${value === null ? 'nothing' : `a ${Array.isArray(value) ? 'list' : typeof value}`}, expected keys and values`,
    );
  return value as RawConfig;
}

function parseYaml(text: string, what: string): unknown {
  const refuse = (reason: string): never => {
    throw new KdlabError(`${what} is not valid YAML: ${reason}`);
  };
  const document = parseDocument(text, { prettyErrors: true });
  if (document.errors[0] !== undefined) refuse(document.errors[0].message);
  try {
    // The number of aliases is bounded: a few lines of YAML can otherwise stand for gigabytes.
    return document.toJS({ maxAliasCount: 100 }) ?? null;
  } catch (error) {
    return refuse(messageOf(error));
  }
}

function merge(base: RawConfig, over: RawConfig): RawConfig {
  const out = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = out[key];
    out[key] = isRecord(below) && isRecord(value) && !namesAnother(below, value) ? merge(below, value) : value;
  }
  return out;
}

/**
 * A part is named by a mapping with one key, `{mlp: {…}}`, `{linear: {…}}`: another name replaces it, the options of the
 * two are not mixed.
 */
function namesAnother(below: RawConfig, value: RawConfig): boolean {
  const names = [Object.keys(below), Object.keys(value)];
  if (names.some((keys) => keys.length !== 1) || names[0]![0] === names[1]![0]) return false;
  return isRecord(Object.values(below)[0]) && isRecord(Object.values(value)[0]);
}

function assign(config: RawConfig, assignment: string): void {
  const at = assignment.indexOf('=');
  if (at < 1) throw new KdlabError(`--set ${assignment}: expected key=value, for example student.epochs=5`);
  const keys = assignment.slice(0, at).split('.');
  const document = parseDocument(assignment.slice(at + 1));
  if (document.errors.length > 0)
    throw new KdlabError(`--set ${assignment}: the value is not valid YAML: ${document.errors[0]!.message}`);
  const value = (document.toJS() ?? null) as Json;
  setAt(config, keys, value, `--set ${assignment}`);
}

/**
 * Puts a value at a path of keys, making the mappings on the way; lists are set by index. What lies on the path is copied,
 * so that configurations may share the rest. Throws KdlabError that begins with `what` where a scalar is in the way.
 */
export function setAt(config: RawConfig, keys: readonly string[], value: Json, what: string): void {
  let place: { [key: string]: Json } = config;
  keys.slice(0, -1).forEach((key, i) => {
    const below = place[key];
    if (below !== undefined && (typeof below !== 'object' || below === null))
      throw new KdlabError(
        `${what}: "${keys.slice(0, i + 1).join('.')}" is ${JSON.stringify(below)}, which has no keys`,
      );
    // Lists are set by index: objective.0.kd.temperature=4.
    place[key] = Array.isArray(below) ? [...below] : { ...(below as RawConfig | undefined) };
    place = place[key] as RawConfig;
  });
  place[keys.at(-1)!] = value;
}

/** Validates by a schema; throws one KdlabError with every problem and its path. */
export function parseConfig<S extends z.ZodType>(schema: S, raw: RawConfig, where: string): z.output<S> {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const at = issue.path.map(String).join('.');
    return `  ${at === '' ? '' : `${at}: `}${issue.message}`;
  });
  throw new KdlabError(
    `${where} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.join('\n')}`,
  );
}

/** SHA-256 of what a resolved configuration computes, independent of key order. */
export function configHash(config: RawConfig): string {
  const hashed = Object.fromEntries(
    Object.entries(config).filter(([key]) => !(UNHASHED as readonly string[]).includes(key)),
  );
  return createHash('sha256').update(canonical(hashed)).digest('hex');
}

function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonical(item)).join(',')}]`;
  if (isRecord(value))
    return `{${Object.keys(value)
      .sort()
      .filter((key) => value[key] !== undefined)
      .map((key) => `${JSON.stringify(key)}:${canonical(value[key]!)}`)
      .join(',')}}`;
  return JSON.stringify(value);
}

function isRecord(value: Json | undefined): value is RawConfig {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
