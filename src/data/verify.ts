import { dataFolders, type FolderOptions } from './folders';
import { findFile, readHashed } from './locate';
import type { RemoteDataset, RemoteFile } from './remote';

export interface FileReport {
  readonly file: string;
  readonly status: 'ok' | 'missing' | 'wrong';
  /** Where it lies, unless missing. */
  readonly path?: string;
  /** SHA-256, hex. */
  readonly expected: string;
  readonly found?: string;
}

/** Looks at every file of a data set in the data folders and downloads nothing. */
export function verifyFiles(remote: RemoteDataset, options: FolderOptions = {}): FileReport[] {
  return Object.values<RemoteFile>(remote.files).map((file) => examine(remote, file, options));
}

function examine(remote: RemoteDataset, file: RemoteFile, options: FolderOptions): FileReport {
  const located = findFile(remote, file, dataFolders(options));
  if (located === undefined) return { file: file.name, status: 'missing', expected: file.sha256 };
  const { path, sha256: expected } = located;
  const { found } = readHashed(located);
  return { file: file.name, status: found === expected ? 'ok' : 'wrong', path, expected, found };
}
