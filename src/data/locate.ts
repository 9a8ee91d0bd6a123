import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { KdlabError, messageOf } from '../core/errors';
import { type DownloadOptions, download, MirrorsFailed } from './download';
import { dataFolders, type FolderOptions } from './folders';
import type { RemoteDataset, RemoteFile } from './remote';

export interface LocateOptions extends FolderOptions, DownloadOptions {
  /** Whether files that are nowhere may be downloaded. */
  readonly download: boolean;
}

/** A file on this machine and the SHA-256 it ought to have. */
export interface LocatedFile {
  readonly path: string;
  readonly sha256: string;
}

/**
 * Where `file` is: `<folder>/<dataset>/<file>` or `<folder>/<file>`, packed or unpacked, in the first of `folders` that
 * has it; undefined where none does. Nothing is said about its content. Throws KdlabError where a folder is closed
 * to the user.
 */
export function findFile(
  dataset: RemoteDataset,
  file: RemoteFile,
  folders: readonly string[],
): LocatedFile | undefined {
  for (const folder of folders)
    for (const place of [path.join(folder, dataset.name), folder])
      for (const form of [file, file.unpacked, file.packed]) {
        if (form === undefined) continue;
        const candidate = path.join(place, form.name);
        if (isFile(candidate)) return { path: candidate, sha256: form.sha256 };
      }
  return undefined;
}

/**
 * Finds all files of a data set in `dataFolders`, and downloads those that are missing into the first of them if
 * allowed. Throws one KdlabError with the addresses, the file names and the folder to put them in otherwise.
 */
export async function locate<Part extends string>(
  dataset: RemoteDataset<Part>,
  options: LocateOptions,
): Promise<Record<Part, LocatedFile>> {
  const folders = dataFolders(options);
  const parts = Object.entries<RemoteFile>(dataset.files) as [Part, RemoteFile][];
  const missing = parts.map(([, file]) => file).filter((file) => findFile(dataset, file, folders) === undefined);
  let reasons: readonly string[] = [];
  if (missing.length > 0 && options.download) {
    try {
      await download(missing, dataset.mirrors, path.join(folders[0]!, dataset.name), options);
    } catch (error) {
      if (!(error instanceof MirrorsFailed)) throw error;
      reasons = error.reasons;
    }
  }
  const found = parts.map(([part, file]) => [part, findFile(dataset, file, folders)] as const);
  if (found.some(([, file]) => file === undefined)) throw absent(dataset, folders, options.download, reasons);
  return Object.fromEntries(found) as Record<Part, LocatedFile>;
}

/** The bytes of a located file and the SHA-256 (hex) they have. Throws KdlabError where it cannot be read. */
export function readHashed(file: LocatedFile): { bytes: Buffer; found: string } {
  const bytes = reading(file.path, () => fs.readFileSync(file.path));
  return { bytes, found: createHash('sha256').update(bytes).digest('hex') };
}

/** Reads a located file. Throws KdlabError naming it where its SHA-256 is not the published one. */
export function readVerified(file: LocatedFile): Buffer {
  const { bytes, found } = readHashed(file);
  if (found !== file.sha256)
    throw new KdlabError(
      `${file.path} (${bytes.length} bytes) is corrupt, truncated or another file: its SHA-256 is ${found}, ` +
        `expected ${file.sha256}. Delete it and fetch it again.`,
    );
  return bytes;
}

/** A pipe or a folder of that name is not a file: reading a pipe would wait for ever. */
function isFile(candidate: string): boolean {
  return reading(candidate, () => {
    try {
      return fs.statSync(candidate).isFile();
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
      throw error;
    }
  });
}

function reading<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new KdlabError(`cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}

function absent(
  { name, title, files, mirrors, fetchedBy = `kdlab datasets fetch ${name}` }: RemoteDataset,
  folders: readonly string[],
  tried: boolean,
  reasons: readonly string[],
): KdlabError {
  const lines = [
    `${title} is not on this machine${tried ? ' and could not be downloaded' : ''}.`,
    `Looked in: ${folders.join(', ')}`,
    ...reasons.map((reason) => `Tried: ${reason}`),
    tried ? 'With a network, run it again. Without:' : `With a network: ${fetchedBy}. Without:`,
    `get these files from ${mirrors.join(' or ')}`,
    ...Object.values(files).map((file) => `  ${file.name}`),
    `and put them into ${path.join(folders[0]!, name)}, or name their folder with --data-dir or KDLAB_DATA.`,
  ];
  return new KdlabError(lines.join('\n'));
}
