import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');
const main = [process.execPath, '-r', require.resolve('ts-node/register'), path.join(root, 'src/cli/main.ts')] as const;

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the command line in a child process, without a tracking server and with its own cache. */
export function start(
  args: readonly string[],
  { env = {}, cwd = root }: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): { child: ChildProcess; ended: Promise<Finished> } {
  const [node, ...rest] = main;
  const child = spawn(node, [...rest, ...args], {
    cwd,
    env: { ...process.env, TS_NODE_PROJECT: path.join(root, 'tsconfig.json'), MLFLOW_TRACKING_URI: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout!.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr!.on('data', (chunk) => {
    stderr += chunk;
  });
  return {
    child,
    ended: new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))),
  };
}

/** Runs the command line to its end. */
export const kdlab = (args: readonly string[], options?: Parameters<typeof start>[1]): Promise<Finished> =>
  start(args, options).ended;

export function temporaryFolder(name: string): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), `kdlab-${name}-`));
}

/** The only run below a runs folder. */
export function onlyRun(runsDir: string): string {
  const runs = fs
    .readdirSync(runsDir)
    .flatMap((family) => fs.readdirSync(path.join(runsDir, family)).map((run) => path.join(runsDir, family, run)));
  if (runs.length !== 1) throw new Error(`expected one run below ${runsDir}, found ${runs.length}`);
  return runs[0]!;
}

/** Metric values by step and name: the journal without its times. */
export function metricsOf(run: string): Map<string, unknown> {
  const lines = fs.readFileSync(path.join(run, 'metrics.jsonl'), 'utf8').trim().split('\n');
  const out = new Map<string, unknown>();
  for (const line of lines) {
    const { step, metrics } = JSON.parse(line) as { step: number; metrics: Record<string, unknown> };
    for (const [name, value] of Object.entries(metrics)) {
      if (out.has(`${step} ${name}`)) throw new Error(`${name} at step ${step} was written twice`);
      out.set(`${step} ${name}`, value);
    }
  }
  return out;
}
