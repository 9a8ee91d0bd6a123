import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

export interface ArtifactFile {
  /** Path in the server's artifact folder, with forward slashes. */
  readonly name: string;
  readonly file: string;
  /** Hex. */
  readonly sha256: string;
  readonly bytes: number;
}

/** The files of a run that a server keeps: everything below `artifacts/`, and `run.json`. */
export class ArtifactFiles {
  private readonly hashes = new Map<string, { stamp: string; sha256: string; bytes: number }>();

  constructor(private readonly folder: string) {}

  /** Hashes only what changed in size or time since the last call; a file that vanishes meanwhile is left out. */
  async list(): Promise<ArtifactFile[]> {
    const names = ['run.json', ...below(path.join(this.folder, 'artifacts'))];
    const found: ArtifactFile[] = [];
    for (const name of names) {
      const file = name === 'run.json' ? path.join(this.folder, name) : path.join(this.folder, 'artifacts', name);
      const hashed = await this.hash(file);
      if (hashed !== undefined) found.push({ name, file, sha256: hashed.sha256, bytes: hashed.bytes });
    }
    return found;
  }

  private async hash(file: string): Promise<{ sha256: string; bytes: number } | undefined> {
    try {
      const { size, mtimeMs, ino } = await fs.promises.stat(file);
      const stamp = `${ino} ${size} ${mtimeMs}`;
      const known = this.hashes.get(file);
      if (known?.stamp === stamp) return known;
      const hash = createHash('sha256');
      for await (const chunk of fs.createReadStream(file)) hash.update(chunk as Buffer);
      const hashed = { stamp, sha256: hash.digest('hex'), bytes: size };
      this.hashes.set(file, hashed);
      return hashed;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }
}

/** Files below a folder, relative to it. Hidden ones and `<name>.<number>` are half-written by an atomic write. */
function below(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !/^\.|\.\d+$/.test(entry.name))
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();
}
