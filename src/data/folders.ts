import os from 'node:os';
import path from 'node:path';

export interface FolderOptions {
  /** What the user named (`--data-dir` or the configuration). */
  readonly dataDir?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Folders that may hold data sets, first choice first: the one named, `KDLAB_DATA`, the user's cache. Downloads go
 * into the first.
 */
export function dataFolders({ dataDir, env = process.env }: FolderOptions = {}): string[] {
  const folders = [dataDir, env.KDLAB_DATA].filter((folder) => folder !== undefined && folder !== '') as string[];
  return [...new Set([...folders.map((folder) => path.resolve(folder)), userCache(env)])];
}

/**
 * `$XDG_CACHE_HOME/kdlab/datasets`, by default under `~/.cache`; `%LOCALAPPDATA%\kdlab\datasets` on Windows. A relative
 * XDG_CACHE_HOME is ignored, as the XDG base directory specification asks.
 */
export function userCache(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform = process.platform,
): string {
  const { join, isAbsolute } = platform === 'win32' ? path.win32 : path.posix;
  const named = platform === 'win32' ? env.LOCALAPPDATA : env.XDG_CACHE_HOME;
  const base = named !== undefined && isAbsolute(named) ? named : undefined;
  const fallback = platform === 'win32' ? ['AppData', 'Local'] : ['.cache'];
  return join(base ?? join(os.homedir(), ...fallback), 'kdlab', 'datasets');
}
