import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { Filter, type HttpOptions, isUnsupported, MlflowClient, MlflowError } from '../../src/mlflow';

interface Received {
  readonly call: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}
type Answer = { status?: number; headers?: Record<string, string>; body?: string } | 'cut';

/** Calls a client of a server that answers what the function says, and gives what it received. */
async function served(
  answer: (call: string, body: Buffer) => Answer,
  use: (client: MlflowClient, uri: string) => Promise<void>,
  options: Partial<HttpOptions> = {},
): Promise<Received[]> {
  const received: Received[] = [];
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const call = `${request.method} ${request.url}`;
    received.push({ call, headers: request.headers, body });
    const said = answer(call, body);
    if (said === 'cut') return void request.socket.destroy();
    response.writeHead(said.status ?? 200, said.headers).end(said.body ?? '{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new MlflowClient({ uri, backoffMs: 1, env: {}, ...options });
  try {
    await use(client, uri);
  } finally {
    await client.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  return received;
}

const error = (code: string, message = 'no') => JSON.stringify({ error_code: code, message });
const wireRun = (id: string) => ({ info: { run_id: id, experiment_id: '1', status: 'RUNNING' } });
const point = (key: string, step = 0) => ({ key, value: 1, timestamp: 1_700_000_000_000, step });

test('429 is tried again when the server says, 500 after a pause, 400 never', async () => {
  const answers: Answer[] = [
    { status: 429, headers: { 'retry-after': '0.15' } },
    { status: 502, body: '<html>' },
    'cut',
    {},
  ];
  const began = performance.now();
  const received = await served(
    () => answers.shift()!,
    (client) => client.updateRun('r', { status: 'FINISHED', endTime: 1 }),
  );
  assert.equal(received.length, 4);
  assert.ok(performance.now() - began >= 150);
  const refused = served(
    () => ({ status: 400, body: error('INVALID_PARAMETER_VALUE') }),
    (client) => client.deleteRun('r'),
  );
  await assert.rejects(refused, { code: 'INVALID_PARAMETER_VALUE', status: 400 });
});

test('answers of another kind of server are named as such', async () => {
  const page = '<!DOCTYPE html><html><body>Please log in</body></html>';
  const place = { runId: 'r', artifactUri: 'mlflow-artifacts:/1/r/artifacts' };
  await served(
    () => ({ body: page }),
    async (client) => {
      await assert.rejects(client.getRun('r'), /web page; is it an MLflow tracking server, and are you logged in/);
      await assert.rejects(client.uploadArtifact(place, 'a', Buffer.from('x')), /web page/);
      await assert.rejects(client.serverVersion(), /not as MLflow does/);
    },
  );
  await served(
    () => ({ body: 'garbage {' }),
    (client) => assert.rejects(client.getRun('r'), /no JSON/),
  );
  await served(
    () => ({ status: 302, headers: { location: 'https://login.example/' } }),
    (client) => assert.rejects(client.getRun('r'), /redirects to https:\/\/login\.example\//),
  );
  await served(
    () => ({ status: 401, body: 'who are you' }),
    (client) => assert.rejects(client.getRun('r'), /MLFLOW_TRACKING_USERNAME/),
  );
});

test('a page of a proxy with status 400 does not make a batch count as refused', async () => {
  const received = await served(
    () => ({ status: 400, body: '<html>bad gateway configuration</html>' }),
    (client) => assert.rejects(client.logBatch('r', { metrics: [point('a'), point('b')] }), MlflowError),
  );
  assert.equal(received.length, 1);
});

test('a refused batch is halved until the bad items are found; all others are stored', async () => {
  const stored: string[] = [];
  const keys = (body: Buffer) => (JSON.parse(body.toString()).metrics as { key: string }[]).map(({ key }) => key);
  let rejected: readonly { key: string }[] = [];
  await served(
    (_, body) => {
      if (keys(body).some((key) => key.startsWith('bad')))
        return { status: 400, body: error('INVALID_PARAMETER_VALUE') };
      stored.push(...keys(body));
      return {};
    },
    async (client) => {
      const metrics = Array.from({ length: 700 }, (_, i) => point(i === 13 || i === 500 ? `bad${i}` : `m${i}`));
      rejected = await client.logBatch('r', { metrics });
    },
  );
  assert.deepEqual(
    rejected.map(({ key }) => key),
    ['bad13', 'bad500'],
  );
  assert.equal(new Set(stored).size, 698);
  assert.deepEqual(
    stored,
    [...stored].sort((a, b) => Number(a.slice(1)) - Number(b.slice(1))),
    'in their order',
  );
});

test('batches stay within 1000 items, 100 parameters, 100 tags and a megabyte', async () => {
  const text = (count: number, length: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 'x'.repeat(length)]));
  const received = await served(
    () => ({}),
    async (client) => {
      const metrics = Array.from({ length: 2500 }, (_, i) => point('m'.repeat(200), i));
      assert.deepEqual(await client.logBatch('r', { metrics, params: text(250, 5999), tags: text(230, 7999) }), []);
    },
  );
  const sums = { metrics: 0, params: 0, tags: 0 };
  for (const { body, headers } of received) {
    const batch = JSON.parse(body.toString()) as Record<keyof typeof sums, unknown[]>;
    assert.ok(body.length < 1e6 && batch.params.length <= 100 && batch.tags.length <= 100);
    assert.ok(batch.metrics.length + batch.params.length + batch.tags.length <= 1000);
    assert.deepEqual([headers.origin, headers['content-encoding']], [undefined, undefined]);
    for (const kind of ['metrics', 'params', 'tags'] as const) sums[kind] += batch[kind].length;
  }
  assert.deepEqual(sums, { metrics: 2500, params: 250, tags: 230 });
});

test('a run whose creation was not answered is found by its tag, not made again', async () => {
  const create = { experimentId: '1', startTime: 1, tags: { id: 'abc' }, identifiedBy: 'id' };
  const received = await served(
    (call) => (call.includes('runs/create') ? 'cut' : { body: JSON.stringify({ runs: [wireRun('found')] }) }),
    async (client) => assert.equal((await client.createRun(create)).runId, 'found'),
  );
  assert.equal(received.filter(({ call }) => call.includes('create')).length, 1);
  assert.match(received.at(-1)!.body.toString(), /tags\.`id` = 'abc'/);
  let cuts = 0;
  await served(
    (call) =>
      call.includes('search') ? {} : cuts++ === 0 ? 'cut' : { body: JSON.stringify({ run: wireRun('second') }) },
    async (client) => assert.equal((await client.createRun(create)).runId, 'second'),
  );
  await served(
    () => 'cut',
    (client) => assert.rejects(client.createRun({ experimentId: '1', startTime: 1 }), /no answer/),
  );
});

test('a token that comes again ends a list', async () => {
  const received = await served(
    () => ({ body: '{"next_page_token": "x"}' }),
    async (client) => assert.deepEqual(await client.getMetricHistory('r', 'm'), []),
  );
  assert.equal(received.length, 2);
  assert.match(received[0]!.call, /max_results=25000/);
});

test('large artifacts go in parts to signed addresses, without our password there', async () => {
  const place = { runId: 'r', artifactUri: 'mlflow-artifacts:/1/r/artifacts' };
  const content = Buffer.from(Array.from({ length: 250 }, (_, i) => i));
  let uri = '';
  const received = await served(
    (call, body) => {
      if (call.includes('mpu/create')) {
        const { num_parts } = JSON.parse(body.toString()) as { num_parts: number };
        const credentials = Array.from({ length: num_parts }, (_, i) => ({
          url: `${uri}/part/${i}`,
          part_number: i + 1,
          headers: { 'x-signed': 'yes' },
        }));
        return { body: JSON.stringify({ upload_id: 'u', credentials }) };
      }
      return call.startsWith('PUT /part') ? { headers: { etag: `e${call.at(-1)}` }, body: '' } : {};
    },
    async (client, at) => {
      uri = at;
      await client.uploadArtifact(place, 'deep/big.bin', content);
    },
    { username: 'ada', password: 'x', multipart: { fromBytes: 200, partBytes: 100 } },
  );
  const parts = received.filter(({ call }) => call.startsWith('PUT /part'));
  assert.ok(Buffer.concat(parts.map(({ body }) => body)).equals(content));
  assert.deepEqual(
    parts.map(({ headers }) => [headers['x-signed'], headers.authorization]),
    Array(3).fill(['yes', undefined]),
  );
  const complete = received.at(-1)!;
  assert.match(complete.call, /mpu\/complete\/1\/r\/artifacts\/deep$/);
  assert.deepEqual(
    (JSON.parse(complete.body.toString()) as { parts: { etag: string }[] }).parts.map(({ etag }) => etag),
    ['e0', 'e1', 'e2'],
  );
});

test('where parts are not supported the artifact goes whole, and the next one without asking', async () => {
  const place = { runId: 'r', artifactUri: 'mlflow-artifacts:/1/r/artifacts' };
  const received = await served(
    (call) => (call.includes('mpu') ? { status: 501, body: error('NOT_IMPLEMENTED') } : {}),
    async (client) => {
      for (const name of ['a', 'b']) await client.uploadArtifact(place, name, Buffer.alloc(300));
    },
    { multipart: { fromBytes: 200, partBytes: 100 } },
  );
  assert.deepEqual(
    received.map(({ call }) => call.slice(0, 5)),
    ['POST ', 'PUT /', 'PUT /'],
  );
});

test('a folder shared with the server is written to; one that the server does not see is refused', async () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'kdlab-shared-'));
  try {
    const place = { runId: 'r1', artifactUri: `file://${root}/1/r1/artifacts` };
    let seen = '{"files": [{"path": "deep/a.txt", "file_size": 2}]}';
    await served(
      () => ({ body: seen }),
      async (client) => {
        await client.uploadArtifact(place, 'deep/a.txt', Buffer.from('hi'));
        assert.equal((await client.downloadArtifact(place, 'deep/a.txt')).toString(), 'hi');
        assert.deepEqual(fs.readdirSync(path.join(root, '1/r1/artifacts/deep')), ['a.txt']);
        await assert.rejects(client.downloadArtifact(place, 'none'), { status: 404 });
        seen = '{}';
        await assert.rejects(client.uploadArtifact(place, 'deep/a.txt', Buffer.from('hi')), /does not see/);
        const far = { runId: 'r1', artifactUri: '/nowhere/at/all/1/r1/artifacts' };
        await assert.rejects(client.uploadArtifact(far, 'a', Buffer.from('')), /not there on this machine/);
        for (const artifactUri of ['file:///etc', 's3://bucket/1/r1/artifacts'])
          await assert.rejects(
            client.uploadArtifact({ runId: 'r1', artifactUri }, 'a', Buffer.from('')),
            /--serve-artifacts/,
          );
      },
    );
  } finally {
    fs.rmSync(root, { recursive: true });
  }
});

test('a server without logged models is told from one that lacks this model', async () => {
  await served(
    () => ({ status: 404, body: '<!doctype html><title>404 Not Found</title>' }),
    (client) => assert.rejects(client.loggedModels.get('m-1'), (reason) => isUnsupported(reason)),
  );
  await served(
    () => ({ status: 404, body: error('RESOURCE_DOES_NOT_EXIST') }),
    (client) => assert.rejects(client.loggedModels.get('m-1'), (reason) => !isUnsupported(reason)),
  );
});

test('filters quote names and values, and refuse what the grammar cannot say', () => {
  const filter = Filter.metric('val/acc', '>', 0.7).and(
    Filter.param('lr', '=', "it's"),
    Filter.has('tags', 'x', false),
  );
  assert.equal(`${filter}`, 'metrics.`val/acc` > 0.7 AND params.`lr` = "it\'s" AND tags.`x` IS NULL');
  assert.equal(Filter.runIds(['a', 'b']).text, "attributes.run_id IN ('a', 'b')");
  assert.throws(() => Filter.tag('x', '=', `'"`), MlflowError);
  assert.throws(() => Filter.tag('`', '=', ''), MlflowError);
  assert.throws(() => Filter.metric('x', '>', Number.NaN), MlflowError);
  assert.throws(() => Filter.runIds([]), MlflowError);
});
