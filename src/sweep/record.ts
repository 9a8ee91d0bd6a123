import fs from 'node:fs';
import path from 'node:path';
import type { RawConfig } from '../config/load';
import { KdlabError, messageOf } from '../core/errors';
import { writeWhole } from '../core/files';
import { unknownName } from '../core/section';
import { lockFile } from '../run/lock';
import type { RunStatus } from '../run/record';
import type { Definition } from './definition';
import type { Setting } from './settings';

/** A run of a sweep. WAITING has not begun; PAUSED waits at a rung of successive halving, where most stay for good. */
export interface Child {
  readonly seed: number;
  /** The run's id; its folder is `../../<run>`. */
  readonly run: string;
  readonly status: RunStatus | 'WAITING' | 'PAUSED';
  /** True where the run was finished before this sweep asked for it. */
  readonly reused?: boolean;
  /** Seconds of computing. */
  readonly seconds?: number;
  /** Last value of the sweep's metric, absent where it is not finite. */
  readonly value?: number;
  /** Its value at each rung reached; null where it was not finite. */
  readonly rungs?: readonly (number | null)[];
  readonly error?: string;
}

/** One setting, with a run for each seed. */
export interface Trial {
  readonly number: number;
  readonly setting: Setting;
  readonly children: readonly Child[];
}

export type SweepStatus = 'RUNNING' | 'FINISHED' | 'INTERRUPTED';

/** `sweep.json`: the parent of the runs that a sweep asks for. docs/run-folder.md documents it. */
export interface SweepRecord {
  readonly schema: 1;
  readonly id: string;
  readonly experiment: string;
  readonly name: string;
  readonly description: string;
  /** FINISHED where nothing is left to do, whether or not some children failed. */
  readonly status: SweepStatus;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly sessions: readonly { readonly startedAt: number; readonly command: string }[];
  readonly definition: Definition;
  /** The configuration that the settings are put into. */
  readonly base: RawConfig;
  readonly trials: readonly Trial[];
}

const FOLDER = 'sweeps';

/** A sweep's folder, `<runs>/<experiment>/sweeps/<id>`. */
export class SweepFolder {
  constructor(readonly path: string) {}

  static of(runsDir: string, experiment: string, id: string): SweepFolder {
    return new SweepFolder(path.join(runsDir, experiment, FOLDER, id));
  }

  get recordFile(): string {
    return path.join(this.path, 'sweep.json');
  }

  exists(): boolean {
    return fs.existsSync(this.recordFile);
  }

  /** Throws KdlabError where sweep.json is missing or was edited into something unreadable. */
  read(): SweepRecord {
    try {
      const record = JSON.parse(fs.readFileSync(this.recordFile, 'utf8')) as SweepRecord;
      if (record.schema !== 1 || !Array.isArray(record.trials))
        throw new Error(`schema is ${JSON.stringify(record.schema)}, expected 1, and a list of trials`);
      return record;
    } catch (error) {
      throw new KdlabError(`${this.recordFile} cannot be read as a sweep: ${messageOf(error)}`);
    }
  }

  write(record: SweepRecord): void {
    writeWhole(this.recordFile, `${JSON.stringify(record, null, 2)}\n`);
  }

  /** Throws KdlabError where another process conducts this sweep. */
  lock(): () => void {
    fs.mkdirSync(this.path, { recursive: true });
    return lockFile(path.join(this.path, 'sweep.lock'));
  }

  /** The folder of a child. */
  runFolder(child: Child): string {
    return path.join(this.path, '..', '..', child.run);
  }
}

/** Every sweep below a runs folder. */
export function listSweeps(runsDir: string): SweepFolder[] {
  if (!fs.existsSync(runsDir)) return [];
  return fs
    .readdirSync(runsDir)
    .map((experiment) => path.join(runsDir, experiment, FOLDER))
    .filter((folder) => fs.existsSync(folder))
    .flatMap((folder) => fs.readdirSync(folder).map((id) => new SweepFolder(path.join(folder, id))))
    .filter((folder) => folder.exists());
}

/** The sweep at a path or with an id. Throws KdlabError naming the nearest one. */
export function findSweep(sweep: string, runsDir: string): SweepFolder {
  const direct = new SweepFolder(path.resolve(sweep.endsWith('sweep.json') ? path.dirname(sweep) : sweep));
  if (direct.exists()) return direct;
  const all = listSweeps(runsDir);
  const found = all.find((folder) => path.basename(folder.path) === sweep);
  if (found !== undefined) return found;
  const ids = all.map((folder) => path.basename(folder.path));
  throw new KdlabError(`${unknownName('sweep', sweep, ids.slice(0, 20))} in ${runsDir}`);
}
