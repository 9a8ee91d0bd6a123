import fs from 'node:fs';
import { type Api, allPages } from './api';
import { artifactPath, placeOf } from './artifact-place';
import { MlflowError } from './errors';
import { uploadInParts } from './multipart';
import { readShared, writeShared } from './shared-folder';
import type { ArtifactInfo } from './types';

/** Where artifacts go: a run, or a logged model. */
export type ArtifactPlace = { readonly artifactUri: string } & (
  | { readonly runId: string }
  | { readonly modelId: string }
);

export interface MultipartOptions {
  /** Files from this size on go in parts, where the server can do that; default 500 MB, as MLflow's own client. */
  readonly fromBytes?: number;
  /** Default 10 MB. */
  readonly partBytes?: number;
}

const MEGABYTE = 1024 * 1024;

/**
 * Files of runs and logged models: through the server's proxy where it keeps them, straight in a folder that client and
 * server share where it does not. Other places (s3:, gs:) are refused: their credentials are not ours.
 */
export class Artifacts {
  private readonly fromBytes: number;
  private readonly partBytes: number;
  /** False once the server said that it takes no parts. */
  private takesParts = true;

  constructor(
    private readonly api: Api,
    { fromBytes = 500 * MEGABYTE, partBytes = 10 * MEGABYTE }: MultipartOptions = {},
  ) {
    this.fromBytes = fromBytes;
    this.partBytes = partBytes;
  }

  /** Sends bytes, or the file of this name, replacing what is there. `path` has / between its folders. */
  async upload(place: ArtifactPlace, path: string, content: string | Buffer): Promise<void> {
    const at = placeOf(place);
    if (at.kind === 'folder') {
      await writeShared(at.folder, path, content);
      // A folder of this name that the server does not see would be a loss without a word.
      if ('runId' in place) await this.assertSeen(place.runId, path, at.folder);
      return;
    }
    const { http } = this.api;
    const size = typeof content === 'string' ? fs.statSync(content).size : content.length;
    if (this.takesParts && size >= this.fromBytes) {
      const { partBytes } = this;
      this.takesParts = await uploadInParts(http, {
        root: at.root,
        path: artifactPath(path),
        content,
        size,
        partBytes,
      });
      if (this.takesParts) return;
    }
    const raw = (): { body: Buffer | NodeJS.ReadableStream; length: number } =>
      typeof content === 'string'
        ? { body: fs.createReadStream(content), length: fs.statSync(content).size }
        : { body: content, length: content.length };
    await http.bytes({ method: 'PUT', path: proxied(at.root, path), raw });
  }

  async download(place: ArtifactPlace, path: string): Promise<Buffer> {
    const at = placeOf(place);
    if (at.kind === 'folder') return readShared(at.folder, path);
    return this.api.http.bytes({ method: 'GET', path: proxied(at.root, path) });
  }

  /** What lies directly below a folder of the run's artifacts; nothing where there is no such folder. */
  async list(runId: string, path?: string): Promise<ArtifactInfo[]> {
    const files = await allPages(async (page_token) => {
      const page = await this.api.get<{
        files?: { path: string; is_dir?: boolean; file_size?: number | string }[];
        next_page_token?: string;
      }>('artifacts/list', { run_id: runId, path, page_token });
      return { items: page.files, next: page.next_page_token };
    });
    return files.map((file) => ({
      path: file.path,
      isDirectory: file.is_dir ?? false,
      ...(file.file_size === undefined ? {} : { size: Number(file.file_size) }),
    }));
  }

  private async assertSeen(runId: string, path: string, folder: string): Promise<void> {
    const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : undefined;
    const seen = await this.list(runId, parent);
    if (seen.some((file) => file.path === path)) return;
    throw new MlflowError(
      `the server does not see ${path} in ${folder}: that folder is not shared with it; ` +
        'start the server with --serve-artifacts to send artifacts through it',
      { retryable: true },
    );
  }
}

/** Path of the server's proxy; each part encoded. */
function proxied(root: readonly string[], path: string): string {
  return `/api/2.0/mlflow-artifacts/artifacts/${[...root, ...artifactPath(path)].map(encodeURIComponent).join('/')}`;
}
