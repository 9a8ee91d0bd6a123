import fs from 'node:fs';
import path from 'node:path';
import { writeWhole } from '../core/files';

/** Something the server will never take as it is; the rest of the run is delivered without it. */
export interface Rejection {
  readonly kind: 'metric' | 'param' | 'tag' | 'input' | 'artifact' | 'model';
  readonly key: string;
  readonly reason: string;
}

/** The server's run that a run folder is mirrored to. Ids are strings: some exceed 2^53. */
export interface RemoteRun {
  readonly runId: string;
  readonly experimentId: string;
  readonly artifactUri: string;
}

/** What one server has acknowledged of one run. */
export interface Ledger {
  /** Base address without credentials. */
  readonly uri: string;
  readonly experimentName: string;
  /** Value of the tag `kdlab.runId`, by which the run is found again where `remote` was not yet written. */
  readonly runKey: string;
  remote?: RemoteRun;
  /** Acknowledged bytes of metrics.jsonl, whole lines only. */
  metricsOffset: number;
  /** Acknowledged bytes of system.jsonl. */
  systemOffset: number;
  /** Highest step among the acknowledged lines: where final results are plotted. */
  lastStep: number;
  paramsSent: boolean;
  inputsSent: boolean;
  resultsSent: boolean;
  tags: Readonly<Record<string, string>>;
  /** SHA-256 (hex) by path in the run's artifact folder. */
  artifacts: Readonly<Record<string, string>>;
  status?: { readonly status: string; readonly endTime?: number };
  /** The version of a registered model that the run's student became. */
  registered?: { readonly model: string; readonly version: string };
  rejected: readonly Rejection[];
}

interface LedgerFile {
  readonly schema: 1;
  /** One for each server and experiment that the run was ever mirrored to. */
  readonly targets: readonly Ledger[];
}

export type LedgerKey = Pick<Ledger, 'uri' | 'experimentName' | 'runKey'>;

export function emptyLedger({ uri, experimentName, runKey }: LedgerKey): Ledger {
  return {
    uri,
    experimentName,
    runKey,
    metricsOffset: 0,
    systemOffset: 0,
    lastStep: 0,
    paramsSent: false,
    inputsSent: false,
    resultsSent: false,
    tags: {},
    artifacts: {},
    rejected: [],
  };
}

/**
 * The acknowledged state of this run on this server from `mlflow.json` in the run folder; an empty one where there is
 * none. A damaged file counts as none: delivering again what the server has adds nothing there.
 */
export function readLedger(folder: string, key: LedgerKey): Ledger {
  const found = readTargets(folder).find((ledger) => sameTarget(ledger, key) && ledger.runKey === key.runKey);
  return { ...emptyLedger(key), ...found };
}

/** Puts this server's state beside those of other servers. Throws KdlabError where the file cannot be written. */
export function writeLedger(folder: string, ledger: Ledger): void {
  const others = readTargets(folder).filter((other) => !sameTarget(other, ledger));
  const content: LedgerFile = { schema: 1, targets: [...others, ledger] };
  writeWhole(ledgerFile(folder), `${JSON.stringify(content, null, 2)}\n`);
}

/** Adds rejections, one for each kind and key. */
export function noteRejected(ledger: Ledger, rejections: readonly Rejection[]): void {
  const known = new Set(ledger.rejected.map(nameOf));
  const fresh = rejections.filter((rejection) => !known.has(nameOf(rejection)) && known.add(nameOf(rejection)));
  if (fresh.length > 0) ledger.rejected = [...ledger.rejected, ...fresh];
}

function nameOf({ kind, key }: Rejection): string {
  return `${kind} ${key}`;
}

function sameTarget(a: LedgerKey, b: LedgerKey): boolean {
  return a.uri === b.uri && a.experimentName === b.experimentName;
}

function ledgerFile(folder: string): string {
  return path.join(folder, 'mlflow.json');
}

function readTargets(folder: string): readonly Ledger[] {
  try {
    const { schema, targets } = JSON.parse(fs.readFileSync(ledgerFile(folder), 'utf8')) as LedgerFile;
    return schema === 1 && Array.isArray(targets) ? targets : [];
  } catch {
    return [];
  }
}
