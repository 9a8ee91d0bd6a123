import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { messageOf } from '../src/core/errors';
import { quantile } from '../src/math/statistics';
import { writeArrays } from './arrays';
import { type Candidate, candidates, difference, FIRST_STEP_LIMIT, stepsIn, valuesOf } from './candidates';
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

const ROUND_SECONDS = 0.35;

/** Measures a workload: every contender chooses its threads, values are compared, then rounds in turn. */
export async function contest(name: string, workload: Workload, settings: Settings): Promise<Result[]> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kdlab-bench-'));
  const started: Contender[] = [];
  const begin = (launch: Launch) => {
    const contender = new Contender(launch);
    started.push(contender);
    return contender;
  };
  try {
    writeArrays(folder, workload.arrays());
    const choose = (variants: readonly string[], launch: (threads: number) => Launch) =>
      candidates(variants, settings.threads, (threads) => begin(launch(threads)), folder);
    settings.notify(`${name}: choosing threads and variants`);
    const ours = await choose([''], settings.ours);
    const expected = await valuesOf(workload, ours[0]!, folder);
    const absent: Result[] = [];
    const rivals: { peer: Peer; chosen: readonly Candidate[]; fault: string | undefined }[] = [];
    for (const peer of workload.peers) {
      try {
        const own = typeof peer.program !== 'string';
        const chosen = await choose(peer.variants, own ? settings.ours : (threads) => settings.peer(peer, threads));
        const fault = own ? undefined : difference(workload, expected, await valuesOf(workload, chosen[0]!, folder));
        rivals.push({ peer, chosen, fault });
      } catch (error) {
        absent.push(
          resultOf(
            name,
            workload,
            peer,
            { engine: ours[0]!.engine, ms: [ours[0]!.ms], peakMiB: null },
            messageOf(error),
          ),
        );
      }
    }
    const [mine, ...theirs] = await alternate(
      workload,
      [ours, ...rivals.map(({ chosen }) => chosen)],
      folder,
      settings,
    );
    return [...rivals.map(({ peer, fault }, i) => resultOf(name, workload, peer, mine!, fault, theirs[i]!)), ...absent];
  } finally {
    for (const contender of started) contender.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** What rounds of one contender came to. */
interface Timing {
  readonly engine: string;
  /** A step, by round. */
  readonly ms: readonly number[];
  readonly peakMiB: number | null;
  readonly fault?: string;
}

interface Running {
  readonly group: number;
  readonly contender: Contender;
  readonly engine: string;
  readonly steps: number;
  readonly first: number;
  last: number;
  readonly ms: number[];
}

/** Rounds of all candidates in turn, in fresh processes; the timing of each group is that of its fastest. */
async function alternate(
  { agreement: { falls } }: Workload,
  groups: readonly (readonly Candidate[])[],
  folder: string,
  { rounds }: Settings,
): Promise<Timing[]> {
  const running: Running[] = [];
  for (const [group, candidates] of groups.entries())
    for (const { start, variant, ms } of candidates) {
      const contender = start();
      const { engine } = await contender.setup({ folder, variant, random: true }, FIRST_STEP_LIMIT);
      const { value: first } = await contender.run(1, FIRST_STEP_LIMIT);
      const steps = stepsIn(ROUND_SECONDS, ms / 1000);
      await contender.run(steps);
      running.push({ group, contender, engine, steps, first, last: Number.NaN, ms: [] });
    }
  for (let round = 0; round < rounds; round++)
    for (const each of running) {
      const { seconds, value } = await each.contender.run(each.steps);
      each.ms.push((1000 * seconds) / each.steps);
      each.last = value;
    }
  return groups.map((_, group) => {
    const own = running.filter((each) => each.group === group);
    const best = own.reduce((a, b) => (quantile(b.ms, 0.5) < quantile(a.ms, 0.5) ? b : a));
    const { engine, ms, first, last, contender } = best;
    const timing = { engine, ms, peakMiB: contender.peakMiB };
    if (!falls || last < first) return timing;
    return {
      ...timing,
      fault: `the loss of ${group === 0 ? 'ours' : 'theirs'} did not fall: from ${first} to ${last}`,
    };
  });
}

function resultOf(
  name: string,
  { unit }: Workload,
  { name: peer, goal }: Peer,
  ours: Timing,
  fault: string | undefined,
  theirs?: Timing,
): Result {
  const ratios = theirs?.ms.map((ms, round) => ours.ms[round]! / ms);
  const faults = [fault, ours.fault, theirs?.fault].filter((text) => text !== undefined);
  return {
    workload: name,
    unit,
    engine: ours.engine,
    oursMs: quantile(ours.ms, 0.5),
    peer,
    peerEngine: theirs?.engine ?? null,
    peerMs: theirs === undefined ? null : quantile(theirs.ms, 0.5),
    ratio: ratios === undefined ? null : quantile(ratios, 0.5),
    spread: ratios === undefined ? null : [quantile(ratios, 0.25), quantile(ratios, 0.75)],
    goal,
    oursMiB: ours.peakMiB,
    peerMiB: theirs?.peakMiB ?? null,
    ...(faults.length === 0 ? {} : { fault: faults.join('; ') }),
  };
}
