import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { selectEngine } from '../../src/engine/engine';
import { MlflowClient } from '../../src/mlflow';
import { MlflowMirror } from '../../src/track/mlflow-mirror';
import { liveMlflow, startMlflow } from '../../test/support/mlflow-server';
import { RunOnDisk } from '../../test/track/run-on-disk';
import { readArrays, writeArrays } from '../arrays';
import type { Run } from '../workload';
import policyKl from '../workloads/policy-kl';

/*
 * What tracking costs, and whether everything arrives: `KDLAB_MLFLOW=… node -r ts-node/register bench/tracking/load.ts
 * [seconds] [runs]`. A training that logs 10,000 metrics a second, alternately with and without a mirror to a real
 * server; then 200 runs that are mirrored at once. Prints one JSON object.
 */

const METRICS = 100;
const LINES_A_SECOND = 100;
const STEPS_A_TURN = 10;

interface Trained {
  readonly stepsPerSecond: number;
  readonly points: number;
}

/** Trains for so long as the trainer does, and logs as fast as asked. */
async function trainLogging(run: Run, disk: RunOnDisk, seconds: number): Promise<Trained> {
  const began = performance.now();
  let steps = 0;
  let lines = 0;
  for (let now = 0; now < seconds; now = (performance.now() - began) / 1000) {
    await run(STEPS_A_TURN);
    steps += STEPS_A_TURN;
    for (; lines < now * LINES_A_SECOND; lines++)
      disk.log(
        Object.fromEntries(Array.from({ length: METRICS }, (_, i) => [`metric${i}`, lines + i / METRICS])),
        lines,
      );
    await turn();
  }
  return { stepsPerSecond: (steps * 1000) / (performance.now() - began), points: lines * METRICS };
}

/** Points of each metric on the server, all of them and in order. */
async function arrived(client: MlflowClient, experiment: string, lines: number): Promise<boolean> {
  const [remote] = await client.searchRuns({ experimentIds: [await client.ensureExperiment(experiment)] });
  for (const key of ['student/metric0', `student/metric${METRICS - 1}`]) {
    const history = await client.getMetricHistory(remote!.runId, key);
    if (history.length !== lines || history.some(({ step }, i) => step !== i)) return false;
  }
  return true;
}

async function main(): Promise<void> {
  const [seconds = 60, runs = 200] = process.argv.slice(2).map(Number);
  const live = liveMlflow();
  if ('skip' in live) throw new Error(live.skip);
  const { name: engine } = await selectEngine('auto');
  const server = await startMlflow(live.executable);
  const client = new MlflowClient({ uri: server.uri, env: {} });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kdlab-load-'));
  try {
    writeArrays(folder, policyKl.arrays());
    const run = await policyKl.start({ arrays: readArrays(folder), variant: '', random: false });
    await run(200);
    const rates: Record<'alone' | 'mirrored', number[]> = { alone: [], mirrored: [] };
    const rounds = [];
    for (let round = 0; round < 3; round++)
      for (const kind of ['alone', 'mirrored'] as const) {
        const disk = new RunOnDisk();
        const tracking = { uri: server.uri, experimentName: `load-${round}` };
        const mirror = new MlflowMirror({ folder: disk.folder.path, tracking });
        if (kind === 'mirrored') mirror.start();
        const { stepsPerSecond, points } = await trainLogging(run, disk, seconds / 3);
        rates[kind].push(stepsPerSecond);
        if (kind === 'mirrored') {
          const drainBegan = performance.now();
          await mirror.stop({ deadlineMs: 1 });
          const report = await new MlflowMirror({ folder: disk.folder.path, tracking }).drain();
          rounds.push({
            points,
            complete: report.complete,
            inOrder: await arrived(client, tracking.experimentName, points / METRICS),
            drainSeconds: (performance.now() - drainBegan) / 1000,
          });
        }
        disk.remove();
      }
    const many = await manyRuns(client, server.uri, runs);
    const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
    const slowdown = 1 - median(rates.mirrored) / median(rates.alone);
    process.stdout.write(`${JSON.stringify({ engine, stepsPerSecond: rates, slowdown, rounds, many }, null, 2)}\n`);
  } finally {
    fs.rmSync(folder, { recursive: true });
    await client.close();
    await server.stop();
  }
}

/** So many runs log and are mirrored at the same time. */
async function manyRuns(client: MlflowClient, uri: string, count: number): Promise<object> {
  const began = performance.now();
  const points = 20;
  const disks = Array.from({ length: count }, (_, i) => {
    const disk = new RunOnDisk();
    disk.set({ id: `load-${i}`, startedAt: 1_700_000_000_000 + i });
    return disk;
  });
  const reports = await Promise.all(
    disks.map(async (disk, i) => {
      const tracking = { uri, experimentName: 'many' };
      const mirror = new MlflowMirror({ folder: disk.folder.path, tracking });
      mirror.start();
      for (let step = 0; step < points; step++) {
        disk.log({ loss: i + step }, step);
        await turn();
      }
      await mirror.stop({ deadlineMs: 60_000 });
      const report = await new MlflowMirror({ folder: disk.folder.path, tracking }).drain();
      disk.remove();
      return report;
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  const experimentId = await client.ensureExperiment('many');
  const remote = await client.searchRuns({ experimentIds: [experimentId] });
  return { runs: count, onServer: remote.length, complete: reports.filter(({ complete }) => complete).length, seconds };
}

void main();
