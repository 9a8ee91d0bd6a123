import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { KdlabError, messageOf } from '../core/errors';
import type { MetricLine, RunRecord } from '../run/record';

export interface Point {
  readonly step: number;
  /** May be NaN or infinite. */
  readonly value: number;
}

/** What a run folder tells. */
export interface RunJournal {
  readonly record: RunRecord;
  /** By key `<stage>/<metric>`, in the order of their first appearance; points in the order of steps. */
  readonly metrics: ReadonlyMap<string, readonly Point[]>;
  /** Lines of metrics.jsonl that could not be read, a last one torn by a crash not counted. */
  readonly unreadable: number;
}

/**
 * Reads `run.json` and `metrics.jsonl`; a run without metrics has none. Throws KdlabError where run.json is missing
 * or is not that of a run.
 */
export async function readJournal(folder: string): Promise<RunJournal> {
  return {
    record: readRecord(path.join(folder, 'run.json')),
    ...(await readMetrics(path.join(folder, 'metrics.jsonl'))),
  };
}

function readRecord(file: string): RunRecord {
  const remedy = 'expected a run folder as `kdlab run` writes it; `kdlab runs` lists those there are';
  let record: Partial<RunRecord>;
  try {
    record = JSON.parse(fs.readFileSync(file, 'utf8')) as Partial<RunRecord>;
  } catch (error) {
    throw new KdlabError(`${file} cannot be read (${messageOf(error)}); ${remedy}`, { cause: error });
  }
  if (record?.schema !== 1 || typeof record.id !== 'string' || typeof record.config !== 'object')
    throw new KdlabError(
      `${file} is not the record of a run: schema is ${JSON.stringify(record?.schema)}, not 1; ${remedy}`,
    );
  return record as RunRecord;
}

async function readMetrics(file: string): Promise<Omit<RunJournal, 'record'>> {
  const values = new Map<string, Map<number, number>>();
  let unreadable = 0;
  let torn = false;
  if (fs.existsSync(file)) {
    for await (const text of readline.createInterface({ input: fs.createReadStream(file), crlfDelay: Infinity })) {
      if (torn) unreadable++;
      const line = parseLine(text);
      torn = line === undefined && text.trim() !== '';
      for (const [key, value] of Object.entries(line?.metrics ?? {})) {
        const points = values.get(key) ?? new Map<number, number>();
        values.set(key, points);
        // A step written twice, before and after a resume: the later one stands.
        points.set(line!.step, Number(value));
      }
    }
  }
  const metrics = new Map(
    [...values].map(([key, points]) => [
      key,
      [...points].map(([step, value]) => ({ step, value })).sort((a, b) => a.step - b.step),
    ]),
  );
  return { metrics, unreadable };
}

function parseLine(text: string): MetricLine | undefined {
  try {
    const line = JSON.parse(text) as MetricLine | null;
    return Number.isFinite(line?.step) && typeof line?.metrics === 'object' && line.metrics !== null ? line : undefined;
  } catch {
    return undefined;
  }
}
