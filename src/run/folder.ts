import fs from 'node:fs';
import path from 'node:path';
import { KdlabError, messageOf } from '../core/errors';
import { writeWhole } from '../core/files';
import { unknownName } from '../core/section';
import { decodeState, encodeState } from '../core/snapshot';
import type { State } from '../core/state';
import { lockFile } from './lock';
import type { RunRecord } from './record';

/**
 * A run's folder, the truth about it: `run.json`, `metrics.jsonl`, `checkpoints/`, `artifacts/`.
 * One process at a time writes it; a lock file holds that process's number.
 */
export class RunFolder {
  constructor(readonly path: string) {}

  get recordFile(): string {
    return path.join(this.path, 'run.json');
  }

  get metricsFile(): string {
    return path.join(this.path, 'metrics.jsonl');
  }

  get systemFile(): string {
    return path.join(this.path, 'system.jsonl');
  }

  artifact(name: string): string {
    return path.join(this.path, 'artifacts', name);
  }

  exists(): boolean {
    return fs.existsSync(this.recordFile);
  }

  /** Throws KdlabError where run.json is missing or was edited into something unreadable. */
  read(): RunRecord {
    try {
      const record = JSON.parse(fs.readFileSync(this.recordFile, 'utf8')) as RunRecord;
      if (record.schema !== 1 || typeof record.config !== 'object')
        throw new Error(`schema is ${JSON.stringify(record.schema)}, expected 1`);
      return record;
    } catch (error) {
      throw new KdlabError(`${this.recordFile} cannot be read as a run: ${messageOf(error)}`);
    }
  }

  write(record: RunRecord): void {
    writeWhole(this.recordFile, `${JSON.stringify(record, null, 2)}\n`);
  }

  /** Makes the folder and takes its lock. Throws KdlabError where that fails or another process holds it. */
  lock(): () => void {
    try {
      fs.mkdirSync(path.join(this.path, 'artifacts'), { recursive: true });
      fs.mkdirSync(path.join(this.path, 'checkpoints'), { recursive: true });
      return lockFile(path.join(this.path, 'run.lock'));
    } catch (error) {
      if (error instanceof KdlabError) throw error;
      throw new KdlabError(
        `the run folder ${this.path} cannot be written: ${messageOf(error)}. Choose another place with --runs-dir or KDLAB_RUNS.`,
      );
    }
  }

  private checkpointFile(stage: string): string {
    return path.join(this.path, 'checkpoints', `${stage}.safetensors`);
  }

  saveCheckpoint(stage: string, state: State): void {
    writeWhole(this.checkpointFile(stage), encodeState(state));
  }

  /** The stage's last checkpoint. Throws KdlabError where the file is damaged. */
  loadCheckpoint(stage: string): State | undefined {
    const file = this.checkpointFile(stage);
    if (!fs.existsSync(file)) return undefined;
    try {
      return decodeState(fs.readFileSync(file));
    } catch (error) {
      throw new KdlabError(
        `checkpoint ${file} is damaged: ${messageOf(error)}. Delete it to train this stage again from its start.`,
      );
    }
  }

  /** Forgets all that was computed, for a run made again on purpose. */
  clear(): void {
    for (const name of ['metrics.jsonl', 'system.jsonl', 'checkpoints', 'artifacts', 'mlflow.json'])
      fs.rmSync(path.join(this.path, name), { recursive: true, force: true });
  }
}

/** Every run below a runs folder, newest first; those whose run.json cannot be read come last. */
export function listRuns(runsDir: string): RunFolder[] {
  if (!fs.existsSync(runsDir)) return [];
  return fs
    .readdirSync(runsDir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) =>
      fs.readdirSync(path.join(runsDir, entry.name)).map((run) => new RunFolder(path.join(runsDir, entry.name, run))),
    )
    .filter((folder) => folder.exists())
    .map((folder) => ({ folder, startedAt: startOf(folder) }))
    .sort((a, b) => b.startedAt - a.startedAt)
    .map(({ folder }) => folder);
}

function startOf(folder: RunFolder): number {
  try {
    return folder.read().startedAt;
  } catch {
    return 0;
  }
}

/** The run at a path or with an id. Throws KdlabError naming the nearest one. */
export function findRun(run: string, runsDir: string): RunFolder {
  const direct = new RunFolder(path.resolve(run));
  if (direct.exists()) return direct;
  const all = listRuns(runsDir);
  const found = all.find((folder) => path.basename(folder.path) === run);
  if (found !== undefined) return found;
  throw new KdlabError(
    `${unknownName('run', run, all.map((folder) => path.basename(folder.path)).slice(0, 20))} in ${runsDir}`,
  );
}
