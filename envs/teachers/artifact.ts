import fs from 'node:fs';
import path from 'node:path';
import { KdlabError } from '../../src/core/errors';
import { writeWhole } from '../../src/core/files';
import { restoreVariables, saveVariables } from '../../src/core/params';
import type { Interval } from '../../src/core/results';
import { decodeState, encodeState } from '../../src/core/snapshot';
import type { State } from '../../src/core/state';
import type { Params } from '../../src/core/types';
import type { EnvironmentSpec } from '../registry';

/** What is known of a kept teacher: beside its weights as `card.json`. */
export interface TeacherCard {
  readonly version: 1;
  readonly environment: EnvironmentSpec;
  readonly algorithm: string;
  readonly parameters: number;
  /** What it cost to train. */
  readonly envSteps: number;
  readonly updates: number;
  readonly seed: number;
  readonly engine: string;
  /** Return of the greedy policy over the final evaluation's episodes. */
  readonly score: Interval;
  readonly licence: string;
}

const WEIGHTS = 'weights.safetensors';
const CARD = 'card.json';

/**
 * Trained teachers by the hash of everything they depend on, a folder each: `weights.safetensors` and `card.json`. Runs
 * that ask for the same teacher find it instead of training it again.
 */
export class TeacherStore {
  constructor(readonly folder: string) {}

  has(hash: string): boolean {
    return fs.existsSync(this.file(hash, CARD));
  }

  /** Throws KdlabError where there is none or its card is damaged. */
  card(hash: string): TeacherCard {
    const file = this.file(hash, CARD);
    try {
      const card = JSON.parse(fs.readFileSync(file, 'utf8')) as TeacherCard;
      if (card.version !== 1) throw new Error(`version ${String(card.version)}, expected 1`);
      return card;
    } catch (error) {
      throw new KdlabError(`teacher ${hash}: ${file} cannot be read (${String(error)}); delete its folder`);
    }
  }

  /** Puts kept weights into a network's parameters. Throws KdlabError where they are damaged or of another network. */
  restore(hash: string, params: Params): TeacherCard {
    const card = this.card(hash);
    try {
      restoreVariables(params, decodeState(fs.readFileSync(this.file(hash, WEIGHTS))) as State);
    } catch (error) {
      throw new KdlabError(
        `teacher ${hash}: its weights do not fit (${String(error)}); delete ${path.dirname(this.file(hash, CARD))}`,
      );
    }
    return card;
  }

  /** Throws KdlabError where a parameter is no finite number: a diverged teacher must not be reused. */
  save(hash: string, params: Params, card: TeacherCard): void {
    const values = saveVariables(params);
    assertConverged(`teacher ${hash.slice(0, 8)}`, values);
    const shapes = Object.fromEntries(Object.entries(params).map(([name, { shape }]) => [name, shape]));
    writeWhole(this.file(hash, WEIGHTS), encodeState(values, shapes));
    // The card last: a teacher without one is not there.
    writeWhole(this.file(hash, CARD), `${JSON.stringify(card, null, 2)}\n`);
  }

  /** Every kept teacher. */
  list(): { hash: string; card: TeacherCard }[] {
    if (!fs.existsSync(this.folder)) return [];
    return fs
      .readdirSync(this.folder)
      .filter((hash) => this.has(hash))
      .map((hash) => ({ hash, card: this.card(hash) }));
  }

  private file(hash: string, name: string): string {
    return path.join(this.folder, hash, name);
  }
}

/** Throws a KdlabError naming the first parameter that is not finite. */
export function assertConverged(who: string, values: Readonly<Record<string, ArrayLike<number>>>): void {
  for (const [name, numbers] of Object.entries(values))
    for (let i = 0; i < numbers.length; i++)
      if (!Number.isFinite(numbers[i]))
        throw new KdlabError(
          `${who}: parameter ${name} holds ${numbers[i]}; it has diverged. Lower its learning rate or clip its gradient ` +
            'with estimator {mean: {clipNorm: 1}}.',
          { exitCode: 1 },
        );
}
