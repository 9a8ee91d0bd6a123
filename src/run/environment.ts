import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { packageRoot } from './package-root';
import type { RunRecord } from './record';
import { version } from './version';

export function versions(): Record<string, string> {
  const versionOf = (file: string) => (JSON.parse(fs.readFileSync(file, 'utf8')) as { version: string }).version;
  return {
    kdlab: version,
    node: process.versions.node,
    tfjs: versionOf(require.resolve('@tensorflow/tfjs/package.json')),
  };
}

export function hardware(): RunRecord['hardware'] {
  return {
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memoryGiB: Math.round((os.totalmem() / 2 ** 30) * 10) / 10,
    os: `${os.type()} ${os.release()} ${os.arch()}`,
  };
}

/** The revision of the code that runs; undefined outside a git checkout. */
export function git(): RunRecord['git'] {
  const ask = (...args: string[]) =>
    spawnSync('git', ['-C', packageRoot, ...args], { encoding: 'utf8', timeout: 5000 });
  const top = ask('rev-parse', '--show-toplevel');
  // An installed package may lie inside somebody else's repository.
  if (top.status !== 0 || fs.realpathSync(top.stdout.trim()) !== fs.realpathSync(packageRoot)) return undefined;
  const commit = ask('rev-parse', 'HEAD');
  if (commit.status !== 0) return undefined;
  return {
    commit: commit.stdout.trim(),
    branch: ask('rev-parse', '--abbrev-ref', 'HEAD').stdout.trim(),
    dirty: ask('status', '--porcelain').stdout.trim() !== '',
  };
}

export function userName(): string {
  try {
    return os.userInfo().username;
  } catch {
    return process.env.USER ?? 'unknown';
  }
}

/** Where caches and downloaded data live: XDG_CACHE_HOME, LOCALAPPDATA or ~/.cache, below `kdlab`. */
export function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME ?? process.env.LOCALAPPDATA ?? path.join(os.homedir(), '.cache');
  return path.join(base, 'kdlab');
}
