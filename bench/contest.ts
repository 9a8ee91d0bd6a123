import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { messageOf } from '../src/core/errors';
import { quantile } from '../src/math/statistics';
import { writeArrays } from './arrays';
import { Contender, type Launch } from './contender';
import type { Peer, Workload } from './workload';

export interface Settings {
  readonly rounds: number;
  /** Numbers of threads that every contender tries. */
  readonly threads: readonly number[];
  /** How to start each side with so many threads. */
  ours(threads: number): Launch;
  /** Throws where the peer is absent. */
  peer(peer: Peer, threads: number): Launch;
  readonly notify: (message: string) => void;
}

/** One line of the result: our side beside one peer. */
export interface Result {
  readonly workload: string;
  readonly unit: string;
  readonly engine: string;
  readonly oursMs: number;
  readonly peer: string;
  readonly peerEngine: string | null;
  readonly peerMs: number | null;
  /** Ours/theirs: median over the rounds, and the first and third quartile. */
  readonly ratio: number | null;
  readonly spread: readonly [number, number] | null;
  readonly goal: number;
  readonly oursMiB: number | null;
  readonly peerMiB: number | null;
  /** Why there is no figure, or why it is not to be trusted. */
  readonly fault?: string;
}

interface Chosen {
  readonly contender: Contender;
  readonly engine: string;
  readonly variant: string;
  readonly ms: number;
}

const ROUND_SECONDS = 0.35;
/** For a first step with all that is compiled before it. */
const FIRST_STEP_LIMIT = 90;

/** Measures a workload: every contender chooses its threads, values are compared, then rounds in turn. */
export async function contest(name: string, workload: Workload, settings: Settings): Promise<Result[]> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kdlab-bench-'));
  const started: Contender[] = [];
  try {
    writeArrays(folder, workload.arrays());
    const start = (launch: Launch) => {
      const contender = new Contender(launch);
      started.push(contender);
      return contender;
    };
    const choose = (variants: readonly string[], launch: (threads: number) => Launch) =>
      fastest(variants, settings.threads, (threads) => start(launch(threads)), folder);
    settings.notify(`${name}: choosing threads`);
    const ours = await choose([''], settings.ours);
    const results: Result[] = [];
    const rivals: { peer: Peer; chosen: Chosen; fault: string | undefined }[] = [];
    for (const peer of workload.peers) {
      try {
        const own = typeof peer.program !== 'string';
        const chosen = await choose(peer.variants, own ? settings.ours : (threads) => settings.peer(peer, threads));
        const fault = own ? undefined : await disagreement(workload, ours, chosen, folder);
        rivals.push({ peer, chosen, fault });
      } catch (error) {
        results.push(absent(name, workload, ours, peer, messageOf(error)));
      }
    }
    const timed = await alternate(workload, [ours, ...rivals.map(({ chosen }) => chosen)], folder, settings);
    rivals.forEach(({ peer, chosen, fault: found }, i) => {
      const mine = timed[0]!;
      const theirs = timed[i + 1]!;
      const ratios = mine.ms.map((ms, round) => ms / theirs.ms[round]!);
      const fault = found ?? mine.fault ?? theirs.fault;
      results.push({
        workload: name,
        unit: workload.unit,
        engine: ours.engine,
        oursMs: quantile(mine.ms, 0.5),
        peer: peer.name,
        peerEngine: chosen.engine,
        peerMs: quantile(theirs.ms, 0.5),
        ratio: quantile(ratios, 0.5),
        spread: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
        goal: peer.goal,
        oursMiB: ours.contender.peakMiB,
        peerMiB: chosen.contender.peakMiB,
        ...(fault === undefined ? {} : { fault }),
      });
    });
    return results;
  } finally {
    for (const contender of started) contender.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Tries every variant with every number of threads; the others end. Rejects where none works. */
async function fastest(
  variants: readonly string[],
  threads: readonly number[],
  start: (threads: number) => Contender,
  folder: string,
): Promise<Chosen> {
  let best: Chosen | undefined;
  let failure: unknown;
  for (const variant of variants)
    for (const count of threads) {
      const contender = start(count);
      try {
        const { engine } = await contender.setup({ folder, variant, random: true }, FIRST_STEP_LIMIT);
        const { seconds: first } = await contender.run(1, FIRST_STEP_LIMIT);
        const { seconds: second } = await contender.run(1);
        const steps = stepsIn(0.1, Math.min(first, second));
        await contender.run(steps);
        const seconds = Math.min((await contender.run(steps)).seconds, (await contender.run(steps)).seconds);
        const tried = { contender, variant, ms: (1000 * seconds) / steps, engine };
        if (best !== undefined && best.ms <= tried.ms) contender.stop();
        else {
          best?.contender.stop();
          best = tried;
        }
      } catch (error) {
        failure = error;
        contender.stop();
      }
    }
  if (best === undefined) throw failure;
  return best;
}

function stepsIn(seconds: number, each: number): number {
  return Math.max(1, Math.round(seconds / each));
}

/** What differs between the values of both sides from the same beginning, without random draws. */
async function disagreement(
  { agreement: { steps, tolerance } }: Workload,
  ours: Chosen,
  theirs: Chosen,
  folder: string,
): Promise<string | undefined> {
  const values: number[][] = [];
  for (const { contender, variant } of [ours, theirs]) {
    await contender.setup({ folder, variant, random: false }, FIRST_STEP_LIMIT);
    const first = await contender.run(1, FIRST_STEP_LIMIT);
    values.push([first.value, steps > 1 ? (await contender.run(steps - 1)).value : first.value]);
  }
  const [mine, other] = values as [number[], number[]];
  const wrong = mine.findIndex((value, i) => {
    const scale = Math.max(Math.abs(value), Math.abs(other[i]!));
    return !(Math.abs(value - other[i]!) <= tolerance * scale);
  });
  if (wrong < 0) return undefined;
  return `values differ at step ${wrong === 0 ? 1 : steps}: ours ${mine[wrong]}, theirs ${other[wrong]}`;
}

/** Rounds of all contenders in turn from a fresh start; ms a step of each round. */
async function alternate(
  { agreement: { falls } }: Workload,
  contenders: readonly Chosen[],
  folder: string,
  { rounds }: Settings,
): Promise<{ ms: number[]; fault?: string }[]> {
  const all = [];
  for (const { contender, variant, ms } of contenders) {
    await contender.setup({ folder, variant, random: true }, FIRST_STEP_LIMIT);
    const first = await contender.run(1, FIRST_STEP_LIMIT);
    const steps = stepsIn(ROUND_SECONDS, ms / 1000);
    await contender.run(steps);
    all.push({ contender, steps, first: first.value, last: Number.NaN, ms: [] as number[] });
  }
  for (let round = 0; round < rounds; round++)
    for (const each of all) {
      const { seconds, value } = await each.contender.run(each.steps);
      each.ms.push((1000 * seconds) / each.steps);
      each.last = value;
    }
  return all.map(({ ms, first, last }, i) => {
    if (!falls || last < first) return { ms };
    return { ms, fault: `the loss of ${i === 0 ? 'ours' : 'theirs'} did not fall: from ${first} to ${last}` };
  });
}

function absent(name: string, { unit }: Workload, ours: Chosen, { name: peer, goal }: Peer, fault: string): Result {
  return {
    workload: name,
    unit,
    engine: ours.engine,
    oursMs: ours.ms,
    peer,
    peerEngine: null,
    peerMs: null,
    ratio: null,
    spread: null,
    goal,
    oursMiB: ours.contender.peakMiB,
    peerMiB: null,
    fault,
  };
}
