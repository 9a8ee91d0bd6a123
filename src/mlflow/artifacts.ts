import fs from 'node:fs';
import { MlflowError } from './errors';
import type { Http } from './http';
import type { ArtifactInfo, Run } from './types';

type Place = Pick<Run, 'runId' | 'artifactUri'>;

/** Uploads bytes or a file through the server, replacing what is there. `path` has / between its folders. */
export async function uploadArtifact(http: Http, run: Place, path: string, content: string | Buffer): Promise<void> {
  const raw = (): { body: Buffer | NodeJS.ReadableStream; length: number } =>
    typeof content === 'string'
      ? { body: fs.createReadStream(content), length: fs.statSync(content).size }
      : { body: content, length: content.length };
  await http.bytes({ method: 'PUT', path: proxied(run, path), raw });
}

export async function downloadArtifact(http: Http, run: Place, path: string): Promise<Buffer> {
  return http.bytes({ method: 'GET', path: proxied(run, path) });
}

/** What lies directly below a folder of the run's artifacts; nothing where there is no such folder. */
export async function listArtifacts(http: Http, runId: string, path?: string): Promise<ArtifactInfo[]> {
  const found: ArtifactInfo[] = [];
  let token: string | undefined;
  do {
    const page: {
      files?: { path: string; is_dir?: boolean; file_size?: number | string }[];
      next_page_token?: string;
    } = await http.json({
      method: 'GET',
      path: '/api/2.0/mlflow/artifacts/list',
      query: { run_id: runId, path, page_token: token },
    });
    for (const file of page.files ?? [])
      found.push({
        path: file.path,
        isDirectory: file.is_dir ?? false,
        ...(file.file_size === undefined ? {} : { size: Number(file.file_size) }),
      });
    if (page.next_page_token === token) break;
    token = page.next_page_token;
  } while (token !== undefined && token !== '');
  return found;
}

/**
 * Where the server's artifact proxy takes this artifact. Throws MlflowError where the server does not keep the run's
 * artifacts itself, or the path leaves the run's folder.
 */
function proxied({ artifactUri }: Place, path: string): string {
  const match = artifactUri.match(/^mlflow-artifacts:(?:\/\/[^/]*)?\/(.*)$/);
  if (match === null)
    throw new MlflowError(
      `the server keeps this run's artifacts at ${artifactUri || 'no place'}, out of its own hands; ` +
        'start it with --serve-artifacts and --artifacts-destination to send artifacts through it',
    );
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..'))
    throw new MlflowError(`"${path}" is no artifact path: its parts must not be empty, . or ..`);
  const root = match[1]!.split('/').filter((part) => part !== '');
  return `/api/2.0/mlflow-artifacts/artifacts/${[...root, ...parts].map(encodeURIComponent).join('/')}`;
}
