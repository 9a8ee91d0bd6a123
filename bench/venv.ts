import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { KdlabError } from '../src/core/errors';

/** Python with the peers in an environment of their own. */
export interface Venv {
  readonly python: string;
  /** Versions by import name; null where a package cannot be imported. */
  readonly versions: Readonly<Record<string, string | null>>;
}

const IMPORTED = ['torch', 'opacus', 'torch_geometric', 'gymnasium', 'jax', 'onnxruntime', 'onnx'];

/** Makes the environment on first use, in the user's cache folder or where KDLAB_BENCH_VENV says. */
export function peersVenv(): Venv {
  const cache = process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache');
  const folder = process.env.KDLAB_BENCH_VENV ?? path.join(cache, 'kdlab', 'bench-venv');
  const python = path.join(folder, 'bin', 'python');
  let versions = fs.existsSync(python) ? versionsIn(python) : undefined;
  if (versions === undefined || Object.values(versions).includes(null)) {
    process.stderr.write(`installing the peers in ${folder}, once (about 6 GB) …\n`);
    const { status } = spawnSync('bash', [path.join(__dirname, 'peers.sh'), folder], { stdio: ['ignore', 2, 2] });
    if (status !== 0)
      throw new KdlabError(`the peers cannot be installed in ${folder}; see above, or set KDLAB_BENCH_VENV`, {
        exitCode: 1,
      });
    versions = versionsIn(python);
  }
  return { python, versions };
}

function versionsIn(python: string): Record<string, string | null> {
  const program = [
    'import importlib.metadata, json',
    'def version(name):',
    '    try: return importlib.metadata.version(name)',
    '    except importlib.metadata.PackageNotFoundError: return None',
    `print(json.dumps({name: version(name) for name in ${JSON.stringify(IMPORTED)}}))`,
  ].join('\n');
  const { stdout, status, stderr } = spawnSync(python, ['-c', program], { encoding: 'utf8' });
  if (status !== 0) throw new KdlabError(`${python} does not run: ${stderr.trim()}`, { exitCode: 1 });
  return JSON.parse(stdout) as Record<string, string | null>;
}
