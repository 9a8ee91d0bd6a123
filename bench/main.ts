import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { Command, Option } from 'commander';
import { KdlabError } from '../src/core/errors';
import { ENGINES } from '../src/engine/engine';
import { build } from './build';
import { contest, type Result, type Settings } from './contest';
import { table } from './table';
import { peersVenv } from './venv';
import type { Peer, Workload } from './workload';

/* `npm run -s bench`. Exit codes: 0 done, 1 failed or values differ, 2 bad usage, 3 done but a peer is absent. */

interface Options {
  readonly only?: string;
  readonly json?: boolean;
  readonly rounds: string;
  readonly engine: string;
}

const folder = path.join(__dirname, 'workloads');
const names = fs.readdirSync(folder).map((file) => file.replace(/\.ts$/, ''));

const command = new Command('bench')
  .description('Times our engine beside its peers, in turn, on this machine.')
  .option('--only <workloads>', `names or letters, separated by commas: ${names.join(', ')}`)
  .option('--json', 'print an array of results on standard output, progress on standard error')
  .option('--rounds <n>', 'rounds of each contender in turn', '9')
  .addOption(new Option('--engine <name>', 'our engine').choices(ENGINES).default('auto'));

async function main(options: Options): Promise<void> {
  tf.enableProdMode();
  const chosen = select(options.only);
  const rounds = Number(options.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new KdlabError(`--rounds is ${options.rounds}, expected 1 or more`);
  const notify = (message: string) => process.stderr.write(`${message}\n`);
  const venv = peersVenv();
  const built = build();
  const cores = os.availableParallelism();
  const results: Result[] = [];
  for (const [name, workload] of chosen) {
    const settings: Settings = {
      rounds,
      threads: [1, 2, 4].filter((threads) => threads <= cores),
      ours: (threads) => ({
        command: process.execPath,
        args: [path.join(built, 'bench', 'ours.js'), name, options.engine],
        env: { ...process.env, KDLAB_THREADS: String(threads) },
        cwd: built,
      }),
      peer: (peer, threads) => {
        const missing = peer.packages.filter((name) => venv.versions[name] == null);
        if (missing.length > 0) throw new Error(`absent: ${missing.join(', ')} cannot be installed from PyPI`);
        return {
          command: venv.python,
          args: [path.join(__dirname, 'peers', programOf(peer))],
          env: peerEnvironment(threads),
          cwd: path.join(__dirname, 'peers'),
        };
      },
      notify,
    };
    const found = await contest(name, workload, settings);
    notify(`${table(found)}\n`);
    results.push(...found);
  }
  process.stdout.write(options.json === true ? `${JSON.stringify(results)}\n` : `${table(results)}\n`);
  if (results.some(({ ratio, fault }) => fault !== undefined && ratio !== null)) process.exitCode = 1;
  else if (results.some(({ ratio }) => ratio === null)) process.exitCode = 3;
}

function programOf({ program, name }: Peer): string {
  if (typeof program === 'string') return program;
  throw new Error(`${name} is a variant of ours and no program`);
}

/** Thread settings of OpenMP, MKL and XLA; what this machine sets for old versions of OpenBLAS slows new ones. */
function peerEnvironment(threads: number): NodeJS.ProcessEnv {
  const { OPENBLAS_CORETYPE: _type, OPENBLAS_L2_SIZE: _size, ...env } = process.env;
  const count = String(threads);
  return {
    ...env,
    BENCH_THREADS: count,
    OMP_NUM_THREADS: count,
    MKL_NUM_THREADS: count,
    NPROC: count,
    PJRT_NPROC: count,
    JAX_PLATFORMS: 'cpu',
    CUDA_VISIBLE_DEVICES: '',
  };
}

/** Throws KdlabError for a name or letter that there is not. */
function select(only: string | undefined): [string, Workload][] {
  const all = names
    .map((name): [string, Workload] => [name, (require(path.join(folder, name)) as { default: Workload }).default])
    .sort(([, a], [, b]) => a.letter.localeCompare(b.letter));
  if (only === undefined) return all;
  return only.split(',').flatMap((wanted) => {
    const found = all.filter(([name, { letter }]) => name === wanted || letter === wanted);
    if (found.length === 0) throw new KdlabError(`unknown workload "${wanted}"; known: ${names.join(', ')}`);
    return found;
  });
}

command.parse();
main(command.opts<Options>()).catch((error: unknown) => {
  const known = error instanceof KdlabError;
  process.stderr.write(`bench: ${known ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = known ? error.exitCode : 1;
});
