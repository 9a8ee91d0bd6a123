import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import fs from 'node:fs';
import readline from 'node:readline';
import type { Failed, Ready, Request, Timed } from './protocol';

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

/** A process of its own that does a workload on command; see protocol.ts. Methods reject where it fails or ends. */
export class Contender {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly answers: AsyncIterator<string>;
  private errors = '';
  private peak: number | undefined;

  constructor({ command, args, env, cwd }: Launch) {
    this.child = spawn(command, args, { env, cwd, stdio: ['pipe', 'pipe', 'pipe'] });
    this.answers = readline.createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    this.child.stderr.on('data', (text: Buffer) => {
      this.errors = (this.errors + text).slice(-2000);
    });
    this.child.on('error', (error) => {
      this.errors += error.message;
    });
    this.child.stdin.on('error', () => undefined);
  }

  setup(options: Omit<Extract<Request, { do: 'setup' }>, 'do'>, limitSeconds: number): Promise<Ready> {
    return this.ask({ do: 'setup', ...options }, limitSeconds);
  }

  async run(steps: number, limitSeconds = 600): Promise<Timed> {
    const timed = await this.ask<Timed>({ do: 'run', steps }, limitSeconds);
    this.peak = peakOf(this.child.pid);
    return timed;
  }

  /** The largest resident set so far, where the system tells it. */
  get peakMiB(): number | null {
    return this.peak ?? null;
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }

  private async ask<T extends Ready | Timed>(request: Request, limitSeconds: number): Promise<T> {
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
    const late = setTimeout(() => {
      this.errors = `no answer within ${limitSeconds} s`;
      this.stop();
    }, limitSeconds * 1000);
    const { value, done } = await this.answers.next();
    clearTimeout(late);
    if (done === true) throw new Error(this.errors.trim().split('\n').at(-1) || 'ended without a word');
    const answer = JSON.parse(value as string) as T | Failed;
    if ('error' in answer) throw new Error(answer.error);
    return answer;
  }
}

/** VmHWM of Linux: the peak of this program's own memory, where rusage would count what it was forked from. */
function peakOf(pid: number | undefined): number | undefined {
  try {
    const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
    const kib = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    return kib === undefined ? undefined : Number(kib) / 1024;
  } catch {
    return undefined;
  }
}
