import type { WireMetric, WirePair } from './wire';

/** One thing to log, written as JSON once: its length is counted, and the body is put together from it. */
export interface Item {
  readonly kind: 'metric' | 'param' | 'tag';
  readonly key: string;
  readonly json: string;
}

export function itemOf(kind: Item['kind'], wire: WireMetric | WirePair): Item {
  return { kind, key: wire.key, json: JSON.stringify(wire) };
}

/** What the server takes in one log-batch call. Bytes are those of the items' JSON; its own limit is 1 MB. */
const LIMITS = { total: 1000, param: 100, tag: 100, metric: 1000, bytes: 900_000 } as const;

/** Cuts a list into consecutive parts, each within the server's limits. */
export function splitBatch(items: readonly Item[]): Item[][] {
  const batches: Item[][] = [];
  let counts = { metric: 0, param: 0, tag: 0 };
  let bytes = 0;
  for (const item of items) {
    const size = Buffer.byteLength(item.json) + 1;
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

/** The body of a log-batch call, as JSON. */
export function batchBody(runId: string, items: readonly Item[]): string {
  const of = (kind: Item['kind']) => `[${items.flatMap((item) => (item.kind === kind ? [item.json] : [])).join(',')}]`;
  return `{"run_id":${JSON.stringify(runId)},"metrics":${of('metric')},"params":${of('param')},"tags":${of('tag')}}`;
}
