import fs from 'node:fs';
import path from 'node:path';
import { KdlabError, messageOf } from '../core/errors';
import { writeWhole } from '../core/files';
import { unknownName } from '../core/section';
import { decodeState, encodeState } from '../core/snapshot';
import type { State } from '../core/state';
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
    const file = path.join(this.path, 'run.lock');
    try {
      fs.mkdirSync(path.join(this.path, 'artifacts'), { recursive: true });
      fs.mkdirSync(path.join(this.path, 'checkpoints'), { recursive: true });
      const holder = readPid(file);
      if (holder !== undefined && isAlive(holder) && holder !== process.pid)
        throw new KdlabError(`${this.path} is being written by process ${holder}; wait for it or stop it`);
      fs.rmSync(file, { force: true });
      fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
    } catch (error) {
      if (error instanceof KdlabError) throw error;
      throw new KdlabError(
        `the run folder ${this.path} cannot be written: ${messageOf(error)}. Choose another place with --runs-dir or KDLAB_RUNS.`,
      );
    }
    return () => fs.rmSync(file, { force: true });
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
    for (const name of ['metrics.jsonl', 'checkpoints', 'artifacts', 'mlflow.json'])
      fs.rmSync(path.join(this.path, name), { recursive: true, force: true });
  }
}

function readPid(file: string): number | undefined {
  try {
    return Number(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Every run below a runs folder, newest first. */
export function listRuns(runsDir: string): RunFolder[] {
  if (!fs.existsSync(runsDir)) return [];
  return fs
    .readdirSync(runsDir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) =>
      fs.readdirSync(path.join(runsDir, entry.name)).map((run) => new RunFolder(path.join(runsDir, entry.name, run))),
    )
    .filter((folder) => folder.exists())
    .sort((a, b) => b.read().startedAt - a.read().startedAt);
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
