import fs from 'node:fs';
import { MlflowError } from './errors';
import type { Http } from './http';
import { isUnsupported } from './logged-models';

interface Created {
  upload_id?: string;
  credentials?: { url: string; part_number: number; headers?: Record<string, string> }[];
}

/**
 * Sends a large artifact in parts, each straight to the storage behind the server by an address that the server signs
 * (S3, GCS, Azure). Gives false, with nothing stored, where the server cannot do that: send it whole. Throws MlflowError
 * where a part cannot be sent; the upload is then called off.
 */
export async function uploadInParts(
  http: Http,
  artifact: {
    /** Path of the run's artifacts behind the proxy. */
    readonly root: readonly string[];
    readonly path: readonly string[];
    readonly content: string | Buffer;
    readonly size: number;
    readonly partBytes: number;
  },
): Promise<boolean> {
  const { root, path, content, size, partBytes } = artifact;
  const folder = [...root, ...path.slice(0, -1)].map(encodeURIComponent).join('/');
  const name = path.at(-1)!;
  const call = <T>(verb: string, json: Record<string, unknown>): Promise<T> =>
    http.json({
      method: 'POST',
      path: `/api/2.0/mlflow-artifacts/mpu/${verb}/${folder}`,
      json: { path: name, ...json },
    });
  let created: Created;
  try {
    created = await call<Created>('create', { num_parts: Math.ceil(size / partBytes) });
  } catch (error) {
    if (isUnsupported(error)) return false;
    throw error;
  }
  const { upload_id, credentials = [] } = created;
  try {
    const parts: { part_number: number; etag: string; url: string }[] = [];
    for (const [i, { url, part_number, headers = {} }] of credentials.entries()) {
      const part = await partOf(content, i * partBytes, Math.min(size, (i + 1) * partBytes));
      parts.push({ part_number, url, etag: await http.putForeign(url, headers, part) });
    }
    if (parts.length !== Math.ceil(size / partBytes))
      throw new MlflowError(
        `the server signed ${parts.length} parts of ${name}, asked for ${Math.ceil(size / partBytes)}`,
      );
    await call('complete', { upload_id, parts });
    return true;
  } catch (error) {
    await call('abort', { upload_id }).catch(() => undefined);
    throw error;
  }
}

async function partOf(content: string | Buffer, from: number, to: number): Promise<Buffer> {
  if (typeof content !== 'string') return content.subarray(from, to);
  const bytes = Buffer.alloc(to - from);
  const file = await fs.promises.open(content);
  try {
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
