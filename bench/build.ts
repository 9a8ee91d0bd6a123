import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { KdlabError } from '../src/core/errors';
import { packageRoot } from '../src/run/package-root';

/**
 * Compiles the project with the bench to plain JavaScript, as users get it: what a TypeScript loader costs in time and
 * memory is not ours to measure. Returns the folder.
 */
export function build(): string {
  const folder = path.join(packageRoot, 'node_modules', '.cache', 'kdlab-bench');
  const compiler = path.join(packageRoot, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [compiler, '-p', path.join(__dirname, 'tsconfig.json'), '--outDir', folder];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new KdlabError(`the bench does not compile:\n${stdout}`, { exitCode: 1 });
  for (const part of ['src/engine', 'envs']) {
    const kernels = path.join(part, 'kernels', 'prebuilt');
    fs.cpSync(path.join(packageRoot, kernels), path.join(folder, kernels), { recursive: true });
  }
  return folder;
}
