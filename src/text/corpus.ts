import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { KdlabError, messageOf } from '../core/errors';
import { section } from '../core/section';
import { Rng } from '../math/rng';
import { type Sentence, sentences } from './sentences';

export const corpusSchema = z.union([
  section({
    opinions: section({
      train: z.number().int().positive().default(4000),
      test: z.number().int().positive().default(1000),
      depth: z.number().int().min(0).max(5).default(2).describe('clauses in each other'),
      seed: z.number().int().min(0).default(0),
    }),
  }),
  section({
    file: z.string().min(1).describe('a text a line; with a label and a tab before it for classification'),
    test: z.number().gt(0).lt(1).default(0.1).describe('share held out for the test, drawn by the seed'),
  }),
]);

export interface Texts {
  readonly texts: readonly string[];
  /** Class numbers; absent where the texts have none. */
  readonly labels?: readonly number[];
}

export interface Corpus {
  readonly name: string;
  readonly digest: string;
  /** The file, or 'generated'. */
  readonly source: string;
  /** Names of the classes; empty where the texts have no labels. */
  readonly classes: readonly string[];
  readonly train: Texts;
  readonly test: Texts;
}

/** Loads or generates a corpus. Throws KdlabError where the file is absent, empty, or labelled in part only. */
export function loadCorpus(settings: z.output<typeof corpusSchema>, rng: Rng): Corpus {
  if ('file' in settings) return fromFile(settings.file, settings.test, rng);
  const { train, test, depth, seed } = settings.opinions;
  const key = Rng.root(seed).split('opinions');
  const part = (name: string, count: number): Texts => {
    const made: Sentence[] = sentences(key.split(name), count, { depth });
    return { texts: made.map(({ text }) => text), labels: made.map(({ opinion }) => opinion) };
  };
  const content = { classes: ['against', 'for'], train: part('train', train), test: part('test', test) };
  return { name: 'opinions', source: 'generated', digest: digestOf(content), ...content };
}

function fromFile(file: string, share: number, rng: Rng): Corpus {
  let lines: string[];
  try {
    lines = fs
      .readFileSync(file, 'utf8')
      .split(/\r?\n/)
      .filter((line) => line.trim() !== '');
  } catch (error) {
    throw new KdlabError(`the corpus ${file} cannot be read: ${messageOf(error)}`);
  }
  const test = Math.max(1, Math.round(lines.length * share));
  if (lines.length - test < 1)
    throw new KdlabError(`the corpus ${file} has ${lines.length} lines that are not empty; at least 2 are needed`);
  const labelled = lines.filter((line) => line.includes('\t')).length;
  if (labelled !== 0 && labelled !== lines.length) {
    const first = lines.findIndex((line) => !line.includes('\t'));
    throw new KdlabError(
      `the corpus ${file}: ${labelled} of ${lines.length} texts have a label and a tab before them, text ${first + 1} has none; label all or none`,
    );
  }
  const split = lines.map((line) => {
    const tab = line.indexOf('\t');
    return { label: line.slice(0, Math.max(0, tab)), text: line.slice(tab + 1) };
  });
  const classes = labelled === 0 ? [] : [...new Set(split.map(({ label }) => label))].sort();
  const order = rng.split('corpus').permutation(lines.length);
  const part = (chosen: readonly number[]): Texts => ({
    texts: chosen.map((i) => split[i]!.text),
    ...(labelled === 0 ? {} : { labels: chosen.map((i) => classes.indexOf(split[i]!.label)) }),
  });
  const content = { classes, test: part([...order.slice(0, test)]), train: part([...order.slice(test)]) };
  return { name: path.basename(file), source: path.resolve(file), digest: digestOf(content), ...content };
}

function digestOf(content: Pick<Corpus, 'classes' | 'train' | 'test'>): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}
