import type { Api } from './api';
import { batchBody, type Item, itemOf, splitBatch } from './batches';
import { MlflowError } from './errors';
import type { LogBatch, Rejected } from './types';
import { problemOfMetric, problemOfValue, sift } from './validate';
import { encodeMetric } from './wire';

/**
 * Logs any number of metrics, parameters and tags in as many calls as the server's limits ask for. An item that cannot
 * be stored is given back with the reason; all others are stored. Calling it again with the same points adds nothing on
 * SQL stores.
 */
export async function logBatch(
  api: Api,
  runId: string,
  { metrics = [], params = {}, tags = {} }: LogBatch,
): Promise<Rejected[]> {
  const points = sift('metric', metrics, problemOfMetric);
  const pairs = (kind: 'param' | 'tag', record: Readonly<Record<string, string>>) =>
    sift(
      kind,
      Object.entries(record).map(([key, value]) => ({ key, value })),
      ({ key, value }) => problemOfValue(kind, key, value),
    );
  const [ofParams, ofTags] = [pairs('param', params), pairs('tag', tags)];
  const items: Item[] = [
    ...ofTags.accepted.map((pair) => itemOf('tag', pair)),
    ...ofParams.accepted.map((pair) => itemOf('param', pair)),
    ...points.accepted.map((point) => itemOf('metric', encodeMetric(point))),
  ];
  const rejected = [...points.rejected, ...ofParams.rejected, ...ofTags.rejected];
  for (const batch of splitBatch(items)) await sendBatch(api, runId, batch, rejected);
  return rejected;
}

/** One bad item makes the server refuse all: halving finds it. */
async function sendBatch(api: Api, runId: string, batch: readonly Item[], rejected: Rejected[]): Promise<void> {
  try {
    await api.postText('runs/log-batch', batchBody(runId, batch));
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const [first, ...more] = batch;
    if (first === undefined) throw error;
    if (more.length === 0) {
      rejected.push({ kind: first.kind, key: first.key, reason: error.message });
      return;
    }
    const half = batch.length >> 1;
    await sendBatch(api, runId, batch.slice(0, half), rejected);
    await sendBatch(api, runId, batch.slice(half), rejected);
  }
}

/** A file store answers 500 for a parameter that would change. */
function isRefusal(error: unknown): error is MlflowError {
  if (!(error instanceof MlflowError)) return false;
  return error.isRefusal || (error.status === 500 && error.message.includes('Changing param values'));
}
