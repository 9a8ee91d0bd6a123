import fs from 'node:fs';
import zlib from 'node:zlib';
import { z } from 'zod';
import { KdlabError, messageOf } from '../../src/core/errors';
import type { Draw } from './draws';

const number = z.number();
const draw = z.union([
  z.tuple([z.literal('u'), number.min(0).lt(1)]),
  z.tuple([z.literal('i'), number, number, number]),
]);

const episode = z
  .object({
    /** The unwrapped float64 state before the first step. */
    initialState: z.array(number).optional(),
    /** Or, where the first state is drawn, the draws of the reset. */
    resetDraws: z.array(draw).optional(),
    actions: z.array(z.union([number, z.array(number)])),
    /** What each step drew, in order. */
    draws: z.array(z.array(draw)).optional(),
    initialCells: z.array(number).optional(),
    states: z.array(z.array(number)).optional(),
    cells: z.array(z.array(number)).optional(),
    observations: z.array(z.union([number, z.array(number)])).optional(),
    rewards: z.array(number).optional(),
    terminated: z.array(z.boolean()).optional(),
    truncated: z.array(z.boolean()).optional(),
  })
  .refine((it) => (it.initialState === undefined) !== (it.resetDraws === undefined), {
    message: 'an episode has either initialState or resetDraws',
  })
  .refine((it) => it.draws === undefined || it.draws.length === it.actions.length, {
    message: 'draws has one list for each action',
  });

const trace = z.object({
  env: z.string(),
  stickyActionProbability: number.min(0).max(1).optional(),
  difficultyRamping: z.boolean().optional(),
  episodes: z.array(episode),
});

/** A recorded trajectory file; docs/environments.md describes the format. */
export type Trace = z.output<typeof trace>;
export type TraceEpisode = Omit<z.output<typeof episode>, 'draws' | 'resetDraws'> & {
  readonly draws?: readonly (readonly Draw[])[] | undefined;
  readonly resetDraws?: readonly Draw[] | undefined;
};

/** Reads a .json or .json.gz trace. Throws a KdlabError naming what is missing or wrong in it. */
export function readTrace(file: string): Trace {
  let value: unknown;
  try {
    const bytes = fs.readFileSync(file);
    const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
    value = JSON.parse((zipped ? zlib.gunzipSync(bytes) : bytes).toString('utf8'));
  } catch (error) {
    throw new KdlabError(`${file} is no trace that can be read: ${messageOf(error)}`, { cause: error });
  }
  const parsed = trace.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new KdlabError(
    `${file}: ${issue!.path.join('.') || 'the file'}: ${issue!.message}; expected a trace of an environment`,
  );
}
