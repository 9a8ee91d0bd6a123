import fs from 'node:fs';
import path from 'node:path';
import { KdlabError } from '../core/errors';

/**
 * Takes a lock file that holds the number of the process that writes beside it; gives the function that frees it. The
 * lock of a process that is gone is taken over. Throws KdlabError where a living process holds it.
 */
export function lockFile(file: string): () => void {
  for (;;) {
    try {
      fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => fs.rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = readPid(file);
    if (holder !== undefined && holder !== process.pid && isAlive(holder)) throw held(file, holder);
    removeStale(file, holder);
  }
}

/**
 * Renames before it deletes: of two processes that find the same stale lock only one can, and what the other then
 * renames may be the first one's new lock, which it gives back.
 */
function removeStale(file: string, stale: number | undefined): void {
  const aside = `${file}.${process.pid}`;
  try {
    fs.renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const taken = readPid(aside);
  if (taken !== stale && taken !== undefined) {
    fs.renameSync(aside, file);
    throw held(file, taken);
  }
  fs.rmSync(aside, { force: true });
}

function held(file: string, holder: number): KdlabError {
  return new KdlabError(`${path.dirname(file)} is being written by process ${holder}; wait for it or stop it`);
}

/** Undefined where there is no file, or none with a number in it: a crash may leave it empty. */
function readPid(file: string): number | undefined {
  try {
    const pid = Number(fs.readFileSync(file, 'utf8'));
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
