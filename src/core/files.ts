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
