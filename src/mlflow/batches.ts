import type { WireMetric, WirePair } from './wire';

export type Item =
  | { readonly kind: 'metric'; readonly item: WireMetric }
  | { readonly kind: 'param' | 'tag'; readonly item: WirePair };

/** What the server takes in one log-batch call. Bytes are those of the items' JSON; its own limit is 1 MB. */
const LIMITS = { total: 1000, param: 100, tag: 100, metric: 1000, bytes: 900_000 } as const;

/** Cuts a list into consecutive parts, each within the server's limits. */
export function splitBatch(items: readonly Item[]): Item[][] {
  const batches: Item[][] = [];
  let counts = { metric: 0, param: 0, tag: 0 };
  let bytes = 0;
  for (const item of items) {
    const size = Buffer.byteLength(JSON.stringify(item.item)) + 1;
    const last = batches.at(-1);
    if (
      last === undefined ||
      last.length >= LIMITS.total ||
      counts[item.kind] >= LIMITS[item.kind] ||
      bytes + size > LIMITS.bytes
    ) {
      batches.push([]);
      counts = { metric: 0, param: 0, tag: 0 };
      bytes = 0;
    }
    batches.at(-1)!.push(item);
    counts[item.kind]++;
    bytes += size;
  }
  return batches;
}

/** The body of a log-batch call. */
export function batchBody(runId: string, items: readonly Item[]): Record<string, unknown> {
  const of = (kind: Item['kind']) => items.filter((each) => each.kind === kind).map((each) => each.item);
  return { run_id: runId, metrics: of('metric'), params: of('param'), tags: of('tag') };
}
