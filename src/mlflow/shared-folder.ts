import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { artifactPath } from './artifact-place';
import { MlflowError } from './errors';

/**
 * Writes an artifact into the run's folder on a disk that the server sees too, whole or not at all. `folder` ends with
 * `<experiment>/<run>/artifacts` below a root that the server makes when it first needs it: what is above the root must
 * be there, or the disk is not mounted here. Throws MlflowError.
 */
export async function writeShared(folder: string, name: string, content: string | Buffer): Promise<void> {
  const file = path.join(folder, ...artifactPath(name));
  const root = path.dirname(path.dirname(path.dirname(folder)));
  if (!fs.existsSync(path.dirname(root)))
    throw new MlflowError(
      `the server keeps artifacts in ${root}, which is not there on this machine; mount it, ` +
        'or start the server with --serve-artifacts to send artifacts through it',
      { retryable: true },
    );
  const part = path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID()}`);
  try {
    await fs.promises.mkdir(path.dirname(file), { recursive: true });
    if (typeof content === 'string') await fs.promises.copyFile(content, part);
    else await fs.promises.writeFile(part, content);
    await fs.promises.rename(part, file);
  } catch (cause) {
    await fs.promises.rm(part, { force: true }).catch(() => undefined);
    throw failure('written', file, cause);
  }
}

/** Throws MlflowError, with status 404 where there is no such artifact. */
export async function readShared(folder: string, name: string): Promise<Buffer> {
  const file = path.join(folder, ...artifactPath(name));
  try {
    return await fs.promises.readFile(file);
  } catch (cause) {
    throw failure('read', file, cause);
  }
}

/** A full or missing disk may be well again later. */
function failure(verb: string, file: string, cause: unknown): MlflowError {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT' && verb === 'read')
    return new MlflowError(`there is no artifact ${file}`, { status: 404, code: 'RESOURCE_DOES_NOT_EXIST', cause });
  return new MlflowError(`${file} cannot be ${verb}: ${message}`, { retryable: true, cause });
}
