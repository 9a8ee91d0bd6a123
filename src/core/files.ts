import fs from 'node:fs';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { KdlabError, messageOf } from './errors';

/**
 * Writes a file whole or not at all: temporary file, fsync, rename. A failure (disk full, no permission) becomes
 * a KdlabError that names the file and leaves the earlier version as it was.
 */
export function writeWhole(file: string, data: string | Buffer): void {
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    writeFileAtomic.sync(file, data, { fsync: true });
  } catch (error) {
    throw writeFailure(file, error);
  }
}

/** Says what a failed write means to the user. */
export function writeFailure(file: string, error: unknown): KdlabError {
  const code = (error as NodeJS.ErrnoException).code;
  const remedy =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? 'the disk is full; free some space and resume the run: nothing before its last checkpoint is lost'
      : code === 'EACCES' || code === 'EPERM' || code === 'EROFS'
        ? 'the place is not writable; choose another with --runs-dir or KDLAB_RUNS'
        : messageOf(error);
  return new KdlabError(`cannot write ${file}: ${remedy}${code === undefined ? '' : ` (${code})`}`, {
    exitCode: 1,
    cause: error,
  });
}

/**
 * Why nothing could be written below a folder, judged by the nearest ancestor that exists; undefined where it could.
 * Nothing is made.
 */
export function unwritable(folder: string): string | undefined {
  try {
    if (!fs.statSync(folder).isDirectory()) return `${folder} is not a folder`;
    fs.accessSync(folder, fs.constants.W_OK);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const missing = code === 'ENOENT' || code === 'ENOTDIR';
    return missing && folder !== path.dirname(folder) ? unwritable(path.dirname(folder)) : messageOf(error);
  }
}
