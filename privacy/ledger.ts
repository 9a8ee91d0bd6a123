import fs from 'node:fs';
import { z } from 'zod';
import { KdlabError, messageOf } from '../src/core/errors';
import { writeWhole } from '../src/core/files';
import { section } from '../src/core/section';
import type { NoiseSource } from './noise';

/** What a training spends its steps on: whose data, and under how much noise. */
export interface LedgerTerms {
  /** SHA-256 of the private data as they are used. */
  readonly data: string;
  readonly population: number;
  readonly unit: string;
  readonly noiseMultiplier: number;
  readonly sampleRate: number;
  readonly noise: NoiseSource;
}

const training = section({
  steps: z.number().int().min(0).describe('charged, repeated ones among them; more than were made, never fewer'),
  until: z.number().int().min(0).describe('the first step of the training that is not charged yet'),
});

const file = section({
  schema: z.literal(1),
  terms: section({
    data: z.string(),
    population: z.number(),
    unit: z.string(),
    noiseMultiplier: z.number(),
    sampleRate: z.number(),
    noise: z.enum(['secret', 'seeded']),
  }),
  trainings: z.array(training),
});

const TOLD: Readonly<Record<keyof LedgerTerms, string>> = {
  data: 'the private data',
  population: 'the number of private units',
  unit: 'the unit of privacy',
  noiseMultiplier: 'the noise multiplier',
  sampleRate: 'the sampling rate',
  noise: 'the source of noise',
};

/** Parts of a training that are charged at once: a crash costs at most one of them that was not used. */
const BLOCKS = 50;

/**
 * The budget spent on private data, in a file of its own that outlives crashes and `--force`: steps are charged before
 * their lot is drawn, hence before anything that depends on it is written. Steps made again after a crash draw other noise
 * and are charged again; with seeded noise they are the same release.
 */
export class Ledger {
  private readonly trainings: z.output<typeof training>[];

  /** Throws KdlabError where the file is of other data or other noise, or cannot be read. */
  constructor(
    private readonly path: string,
    private readonly terms: LedgerTerms,
    private readonly steps: number,
  ) {
    this.trainings = readTrainings(path, terms);
  }

  /** A training goes on from `step`; from 0 it is a new one. */
  resume(step: number): void {
    const last = this.trainings.at(-1);
    if (this.terms.noise === 'seeded' && last !== undefined) return;
    if (step === 0 || last === undefined) this.trainings.push({ steps: 0, until: 0 });
    else last.until = step;
  }

  /** Charges `step` before it is made. */
  before(step: number): void {
    const last = this.trainings.at(-1);
    if (last === undefined) throw new Error('a ledger is charged before a training began');
    if (step < last.until) return;
    const until = Math.min(this.steps, step + Math.ceil(this.steps / BLOCKS));
    last.steps += until - step;
    last.until = until;
    writeWhole(this.path, `${JSON.stringify({ schema: 1, terms: this.terms, trainings: this.trainings }, null, 2)}\n`);
  }

  /** Steps charged for the training that made the last model. */
  get spent(): number {
    return this.trainings.at(-1)?.steps ?? 0;
  }

  /** Steps charged for all trainings on these data that this file knows of. */
  get spentInAll(): number {
    return this.trainings.reduce((sum, { steps }) => sum + steps, 0);
  }
}

function readTrainings(path: string, terms: LedgerTerms): z.output<typeof training>[] {
  if (!fs.existsSync(path)) return [];
  let content: unknown;
  try {
    content = JSON.parse(fs.readFileSync(path, 'utf8'));
  } catch (error) {
    throw new KdlabError(`${path} cannot be read: ${messageOf(error)}; it holds what was spent on private data`);
  }
  const parsed = file.safeParse(content);
  if (!parsed.success)
    throw new KdlabError(`${path} is not a privacy ledger: ${parsed.error.issues[0]!.message}; restore it from a copy`);
  for (const key of Object.keys(TOLD) as (keyof LedgerTerms)[])
    if (parsed.data.terms[key] !== terms[key])
      throw new KdlabError(
        `${TOLD[key]} changed since this run began: ${path} says ${parsed.data.terms[key]}, now it is ${terms[key]}. What ` +
          'was spent cannot be carried over: restore what it was, or start a new run under another name.',
      );
  return parsed.data.trainings;
}
