import fs from 'node:fs';
import path from 'node:path';
import { KdlabError } from './errors';
import { unknownName } from './section';

/** Names that the folders offer: their source files without extension, sorted; sub-folders are not searched. */
export function namesIn(folders: readonly string[]): string[] {
  const names = folders.flatMap((folder) =>
    fs
      .readdirSync(folder)
      .filter((file) => /\.(ts|js)$/.test(file) && !/\.(d|test)\.ts$/.test(file))
      .map((file) => file.replace(/\.(ts|js)$/, '')),
  );
  return [...new Set(names)].sort();
}

/**
 * The default export of `<folder>/<name>` from the first folder that has it. A new method is a new file there and
 * nothing else. Throws KdlabError naming the nearest file otherwise.
 */
export function resolveNamed<T>(kind: string, folders: readonly string[], name: string): T {
  const valid = namesIn(folders);
  if (!valid.includes(name)) throw new KdlabError(unknownName(kind, name, valid));
  const folder = folders.find((candidate) => namesIn([candidate]).includes(name))!;
  const loaded = require(path.join(folder, name)) as { default?: T };
  if (loaded.default === undefined)
    throw new KdlabError(`${path.join(folder, name)} has no default export; expected a ${kind}`);
  return loaded.default;
}

/** Everything the folders offer of a kind, with the one line each file gives of itself. */
export function describeAll(kind: string, folders: readonly string[]): { name: string; description: string }[] {
  return namesIn(folders).map((name) => ({
    name,
    description: resolveNamed<{ description: string }>(kind, folders, name).description,
  }));
}
