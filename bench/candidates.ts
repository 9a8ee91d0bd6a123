import { quantile } from '../src/math/statistics';
import type { Contender } from './contender';
import type { Workload } from './workload';

/** A contender with a number of threads and its fastest variant for it, to be started afresh. */
export interface Candidate {
  readonly engine: string;
  readonly variant: string;
  readonly ms: number;
  start(): Contender;
}

/** Of a tenth of a second each; their median counts. */
const TRIES = 5;
/** Slower ones than this beside the fastest are left out. */
const WITHIN = 1.5;
/** For a first step with all that is compiled before it. */
export const FIRST_STEP_LIMIT = 90;

/**
 * Tries every variant with every number of threads: the fastest variant for each number, the fastest first. A few short
 * runs do not settle how many threads are best where others use the cores too, so that rounds decide between them.
 * Rejects where none works.
 */
export async function candidates(
  variants: readonly string[],
  threads: readonly number[],
  start: (threads: number) => Contender,
  folder: string,
): Promise<Candidate[]> {
  const found: Candidate[] = [];
  let failure: unknown;
  for (const count of threads) {
    let best: Candidate | undefined;
    for (const variant of variants) {
      const contender = start(count);
      try {
        const { engine } = await contender.setup({ folder, variant, random: true }, FIRST_STEP_LIMIT);
        const { seconds: first } = await contender.run(1, FIRST_STEP_LIMIT);
        const { seconds: second } = await contender.run(1);
        const steps = stepsIn(0.1, Math.min(first, second));
        const tries: number[] = [];
        for (let i = 0; i < TRIES; i++) tries.push((await contender.run(steps)).seconds);
        const ms = (1000 * quantile(tries, 0.5)) / steps;
        if (best === undefined || ms < best.ms) best = { engine, variant, ms, start: () => start(count) };
      } catch (error) {
        failure = error;
      }
      contender.stop();
    }
    if (best !== undefined) found.push(best);
  }
  if (found.length === 0) throw failure;
  found.sort((a, b) => a.ms - b.ms);
  return found.filter(({ ms }) => ms <= WITHIN * found[0]!.ms);
}

export function stepsIn(seconds: number, each: number): number {
  return Math.max(1, Math.round(seconds / each));
}

/** The values after the first step and after all that are compared, without random draws. */
export async function valuesOf({ agreement: { steps } }: Workload, { start, variant }: Candidate, folder: string) {
  const contender = start();
  await contender.setup({ folder, variant, random: false }, FIRST_STEP_LIMIT);
  const { value: first } = await contender.run(1, FIRST_STEP_LIMIT);
  const last = steps === 1 ? first : (await contender.run(steps - 1)).value;
  contender.stop();
  return [first, last] as const;
}

/** Says where values differ; undefined where they do not. */
export function difference(
  { agreement: { steps, tolerance } }: Workload,
  ours: readonly number[],
  theirs: readonly number[],
): string | undefined {
  const wrong = ours.findIndex((value, i) => {
    const scale = Math.max(Math.abs(value), Math.abs(theirs[i]!));
    return !(Math.abs(value - theirs[i]!) <= tolerance * scale);
  });
  if (wrong < 0) return undefined;
  return `values differ at step ${wrong === 0 ? 1 : steps}: ours ${ours[wrong]}, theirs ${theirs[wrong]}`;
}
