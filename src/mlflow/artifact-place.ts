import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ArtifactPlace } from './artifacts';
import { MlflowError } from './errors';

export type Place =
  /** Behind the server's proxy; the parts of the path there. */
  | { readonly kind: 'proxied'; readonly root: readonly string[] }
  /** A folder of this machine that the server uses too. */
  | { readonly kind: 'folder'; readonly folder: string };

/**
 * Where the server wants the artifacts of a run or logged model. Throws MlflowError where this client cannot bring them
 * there. A folder must hold the id of the run or model in its path, so that no server can point at another place of
 * this machine.
 */
export function placeOf(place: ArtifactPlace): Place {
  const { artifactUri } = place;
  const behindProxy = artifactUri.match(/^mlflow-artifacts:(?:\/\/[^/]*)?\/(.*)$/);
  if (behindProxy !== null) return { kind: 'proxied', root: behindProxy[1]!.split('/').filter((part) => part !== '') };
  const folder = folderOf(artifactUri);
  const id = 'runId' in place ? place.runId : place.modelId;
  if (folder?.split(path.sep).includes(id) === true) return { kind: 'folder', folder };
  throw new MlflowError(
    `the server keeps these artifacts at ${artifactUri || 'no place'}, out of its own hands; ` +
      'start it with --serve-artifacts and --artifacts-destination to send artifacts through it',
  );
}

/** The parts of an artifact's path. Throws MlflowError where it leaves the folder of the run. */
export function artifactPath(name: string): string[] {
  const parts = name.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..'))
    throw new MlflowError(`"${name}" is no artifact path: its parts must not be empty, . or ..`);
  return parts;
}

function folderOf(uri: string): string | undefined {
  try {
    if (uri.startsWith('file:')) return path.normalize(fileURLToPath(uri));
  } catch {
    // file://host/… is another machine's disk.
    return undefined;
  }
  return path.isAbsolute(uri) ? path.normalize(uri) : undefined;
}
