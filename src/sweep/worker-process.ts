import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { messageOf } from '../core/errors';
import type { ChildProgress, FromWorker, Job } from './messages';

export interface WorkerLimits {
  /** Threads an engine may use, by KDLAB_THREADS. */
  readonly threads: number;
  /** Resident memory at which the process is killed. */
  readonly memoryMiB: number;
}

/** How a worker's run ended, whatever became of its process. */
export type Ending =
  | { readonly status: 'FINISHED' | 'PAUSED' | 'INTERRUPTED' }
  | { readonly status: 'FAILED'; readonly error: string };

export interface RunningWorker {
  readonly ended: Promise<Ending>;
  /** Asks for a checkpoint and an end. */
  stop(): void;
  kill(): void;
}

const WATCH_MS = 500;
const STDERR_KEPT = 4000;

/**
 * Starts one run in a process of its own. The promise never rejects: a crash, a kill or too much memory is an ending as
 * any other. The process has its own group, so that Ctrl-C reaches only its parent, which asks it to stop.
 */
export function startWorker(
  job: Job,
  { threads, memoryMiB }: WorkerLimits,
  onProgress: (progress: ChildProgress) => void,
): RunningWorker {
  const child = fork(path.join(__dirname, `worker${path.extname(__filename)}`), [], {
    execArgv: [...process.execArgv, `--max-old-space-size=${memoryMiB}`],
    detached: true,
    env: { ...process.env, KDLAB_THREADS: String(threads) },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  let ending: Ending | undefined;
  let stopping = false;
  child.stderr!.on('data', (chunk) => {
    said = (said + String(chunk)).slice(-STDERR_KEPT);
  });
  const watch = setInterval(() => {
    const used = residentMiB(child.pid);
    if (used === undefined || !(used > memoryMiB) || ending !== undefined) return;
    ending = {
      status: 'FAILED',
      error: `the run used ${Math.round(used)} MiB of memory, its cap is ${memoryMiB} MiB (--memory); its process was killed`,
    };
    child.kill('SIGKILL');
  }, WATCH_MS);
  child.on('message', (message: FromWorker) => {
    if (message.kind === 'ready') {
      child.send({ kind: 'job', job });
      if (stopping) child.send({ kind: 'stop' });
    } else if (message.kind === 'progress') onProgress(message.progress);
    else if (message.kind === 'failed') ending = { status: 'FAILED', error: message.message };
    else if (message.status === 'FINISHED') ending = { status: 'FINISHED' };
    else ending = { status: message.halted ? 'PAUSED' : 'INTERRUPTED' };
  });
  const ended = new Promise<Ending>((resolve) => {
    const finish = (error: string) => {
      clearInterval(watch);
      resolve(ending ?? (stopping ? { status: 'INTERRUPTED' } : { status: 'FAILED', error }));
    };
    child.once('error', (error) => finish(`its process could not be started: ${messageOf(error)}`));
    child.once('close', (code, signal) => finish(explain(code, signal, said, memoryMiB)));
  });
  return {
    ended,
    stop: () => {
      stopping = true;
      tell(child);
    },
    kill: () => child.kill('SIGKILL'),
  };
}

function tell(child: ChildProcess): void {
  // It may have ended in this moment.
  if (child.connected) child.send({ kind: 'stop' }, () => undefined);
}

function explain(code: number | null, signal: NodeJS.Signals | null, said: string, memoryMiB: number): string {
  if (/heap out of memory/i.test(said)) return `the run used up its ${memoryMiB} MiB of JavaScript memory (--memory)`;
  const how = signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`;
  const last = said.trim().split('\n').slice(-3).join(' · ');
  return `its process ${how} before the run did${last === '' ? '' : `: ${last}`}`;
}

/** Resident memory of a process; undefined where the system does not tell. */
function residentMiB(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  try {
    if (process.platform === 'linux')
      return (
        Number(fs.readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+) kB/)?.[1] ?? Number.NaN) / 1024
      );
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
  } catch {
    return undefined;
  }
}
