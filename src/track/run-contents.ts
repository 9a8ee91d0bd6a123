import { UNHASHED } from '../config/base';
import type { Json } from '../core/state';
import type { MetricPoint } from '../mlflow';
import type { RunRecord } from '../run/record';

/** Longest digest of a data set that an MLflow server takes, in characters. */
const DIGEST_LENGTH = 36;

/** The tag whose value tells our runs apart on a server. */
export const RUN_KEY_TAG = 'kdlab.runId';

/** Tells the runs of one server apart; stable over resuming, new where a run is made again from its start. */
export function runKey({ id, startedAt }: RunRecord): string {
  return `${id}@${startedAt}`;
}

/** MLflow's system tags and ours. */
export function tagsOf(record: RunRecord, parentRunId: string | undefined): Record<string, string> {
  const { git } = record;
  return {
    [RUN_KEY_TAG]: runKey(record),
    'kdlab.configHash': record.configHash,
    'kdlab.experiment': record.experiment,
    'kdlab.engine': record.engine.name,
    'kdlab.seed': String(record.seed),
    'kdlab.version': record.versions.kdlab ?? 'unknown',
    'mlflow.user': record.user,
    'mlflow.source.type': 'LOCAL',
    'mlflow.source.name': record.sessions.at(-1)?.command ?? 'kdlab',
    ...(record.description === '' ? {} : { 'mlflow.note.content': record.description }),
    ...(parentRunId === undefined ? {} : { 'mlflow.parentRunId': parentRunId }),
    ...(git === undefined
      ? {}
      : {
          'mlflow.source.git.commit': git.commit,
          'mlflow.source.git.branch': git.branch,
          'mlflow.source.git.dirty': String(git.dirty),
        }),
    ...(record.error === undefined ? {} : { 'kdlab.error': record.error }),
  };
}

/**
 * The resolved configuration as dotted names: `student.model.mlp.hidden` → `[8]`. Lists of plain values are one JSON
 * text, other lists go by index. Keys that do not determine what is computed are left out: they may differ when a run
 * is resumed, and an MLflow parameter never changes.
 */
export function paramsOf(config: RunRecord['config']): Record<string, string> {
  const params: Record<string, string> = {};
  const add = (name: string, value: Json): void => {
    if (value === null || typeof value !== 'object') {
      params[name] = String(value);
      return;
    }
    const entries = Object.entries(value as Record<string, Json>);
    const plainList = Array.isArray(value) && value.every((item) => item === null || typeof item !== 'object');
    if (plainList || entries.length === 0) params[name] = JSON.stringify(value);
    else for (const [key, item] of entries) add(`${name}.${key}`, item);
  };
  for (const [key, value] of Object.entries(config))
    if (!UNHASHED.some((unhashed) => unhashed === key)) add(key, value);
  return params;
}

/** The data sets as MLflow describes them: a JSON text says where each came from. */
export function inputsOf({ datasets }: RunRecord): {
  name: string;
  digest: string;
  sourceType: string;
  source: string;
  context: string;
}[] {
  return datasets.map(({ name, digest, source, splitHash }) => {
    const url = /^https?:\/\//.test(source);
    return {
      name,
      digest: digest.replace(/^sha256:/, '').slice(0, DIGEST_LENGTH),
      sourceType: url ? 'http' : 'local',
      source: JSON.stringify({
        [url ? 'url' : 'uri']: source,
        digest,
        ...(splitHash === undefined ? {} : { splitHash }),
      }),
      context: 'training',
    };
  });
}

/**
 * Means of the final results as `final/<role>/<metric>`, where a role has several models `final/<role>/<name>/<metric>`.
 * Their time is the end of the run, which is fixed: sending them again adds nothing.
 */
export function resultPoints(record: RunRecord, step: number): MetricPoint[] {
  const { results, endedAt } = record;
  if (results === undefined || endedAt === undefined) return [];
  return results.models.flatMap(({ role, name, metrics, fidelity }) => {
    const alone = results.models.filter((model) => model.role === role).length === 1;
    const prefix = alone ? `final/${role}` : `final/${role}/${name}`;
    return Object.entries({ ...metrics, ...fidelity }).map(([metric, { mean }]) => ({
      key: `${prefix}/${metric}`,
      // JSON has no NaN: in run.json it is null.
      value: mean ?? Number.NaN,
      timestamp: endedAt,
      step,
    }));
  });
}

/** MLflow's word for a run's status, and when it ended. */
export function statusOf({ status, endedAt }: RunRecord): {
  status: 'RUNNING' | 'FINISHED' | 'FAILED' | 'KILLED';
  endTime?: number;
} {
  if (status === 'RUNNING') return { status };
  return {
    status: status === 'INTERRUPTED' ? 'KILLED' : status,
    ...(endedAt === undefined ? {} : { endTime: endedAt }),
  };
}
