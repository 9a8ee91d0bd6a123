import { KdlabError, messageOf } from '../core/errors';
import type { MlflowClient, Run } from '../mlflow';
import type { Point } from '../report/journal';
import type { RunRecord } from '../run/record';
import { type Chosen, testOf } from './select';

/** A run on a server, with its number there. */
export interface ServerRun extends Chosen {
  readonly runId: string;
}

/** What is asked of a server. */
export type Server = Pick<
  MlflowClient,
  'searchExperiments' | 'searchRuns' | 'downloadArtifact' | 'getRun' | 'getMetricHistory'
>;

const AT_ONCE = 8;

/**
 * The runs of an MLflow server that a list of words names: a run or a sweep by its id, a glob over ids,
 * or a tag `key=value` as for local runs. Only runs that kdlab has mirrored have the record that is compared. Throws
 * KdlabError for a word that names none, and where the server cannot be asked.
 */
export async function selectServerRuns(words: readonly string[], client: Server): Promise<ServerRun[]> {
  let all: ServerRun[];
  try {
    const experiments = await client.searchExperiments();
    const runs = await client.searchRuns({
      experimentIds: experiments.map(({ experimentId }) => experimentId),
      filter: "tags.`kdlab.runId` LIKE '%'",
    });
    const read = await inTurns(runs, (run) => readRun(run, client));
    // A server lists the newest first; the first group is the reference, as it is of local runs.
    all = read.flatMap((run) => run ?? []).sort((a, b) => a.record.startedAt - b.record.startedAt);
  } catch (error) {
    throw new KdlabError(`the runs of the tracking server cannot be read: ${messageOf(error)}`, { cause: error });
  }
  const chosen = new Map<string, ServerRun>();
  for (const word of words) {
    const test = testOf(word) ?? ((record: RunRecord) => record.id === word || record.sweep?.id === word);
    const found = all.filter(({ record }) => test(record));
    if (found.length === 0)
      throw new KdlabError(`no run on the server matches ${word}; it has ${all.length} mirrored by kdlab`);
    for (const run of found) chosen.set(run.runId, run);
  }
  return [...chosen.values()];
}

/** The mirrored run.json; undefined where it has not been delivered. */
async function readRun(run: Run, client: Server): Promise<ServerRun | undefined> {
  try {
    const record = JSON.parse(String(await client.downloadArtifact(run, 'run.json'))) as RunRecord;
    return record.schema === 1 ? { record, runId: run.runId } : undefined;
  } catch {
    return undefined;
  }
}

/** A run's learning curves: of every metric that the server has of it but the final results. */
export async function serverCurves(
  { runId }: ServerRun,
  client: Server,
): Promise<ReadonlyMap<string, readonly Point[]>> {
  const keys = (await client.getRun(runId)).metrics
    .map(({ key }) => key)
    .filter((key) => !/^(final|system)\//.test(key));
  const histories = await inTurns(keys, async (key) => {
    const points = await client.getMetricHistory(runId, key);
    return [key, points.map(({ step, value }) => ({ step, value })).sort((a, b) => a.step - b.step)] as const;
  });
  return new Map(histories.filter(([, points]) => points.length > 0));
}

async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const out: R[] = [];
  for (let from = 0; from < items.length; from += AT_ONCE)
    out.push(...(await Promise.all(items.slice(from, from + AT_ONCE).map(work))));
  return out;
}
