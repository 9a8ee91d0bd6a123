import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { MlflowClient } from '../../src/mlflow';
import { type LiveServer, liveMlflow, startMlflow, startS3 } from '../support/mlflow-server';

const MEBIBYTE = 1024 * 1024;
const live = liveMlflow();
const options = 'skip' in live ? { skip: live.skip } : { timeout: 240_000 };
let storage: Awaited<ReturnType<typeof startS3>>;
let server: LiveServer;
let client: MlflowClient;

before(async () => {
  if ('skip' in live) return;
  storage = await startS3(live.executable, 'bucket');
  server = await startMlflow(live.executable, { destination: 's3://bucket/artifacts', env: storage.env });
  // S3 takes no part below 5 MiB but the last.
  client = new MlflowClient({
    uri: server.uri,
    env: {},
    multipart: { fromBytes: 8 * MEBIBYTE, partBytes: 5 * MEBIBYTE },
  });
});
after(async () => {
  await client?.close();
  await server?.stop();
  await storage?.stop();
});

test(
  'a large artifact goes to S3 in parts, a small one through the proxy; both read back byte by byte',
  options,
  async () => {
    const experimentId = await client.createExperiment('parts');
    const run = await client.createRun({ experimentId, startTime: 1_700_000_000_000 });
    const large = Buffer.alloc(11 * MEBIBYTE + 7);
    for (let i = 0; i < large.length; i += 4093) large[i] = i % 251;
    const small = Buffer.from('small');
    await client.uploadArtifact(run, 'models/größe b.bin', large);
    await client.uploadArtifact(run, 'small.bin', small);
    const read = await client.downloadArtifact(run, 'models/größe b.bin');
    const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
    assert.equal(hash(read), hash(large));
    assert.deepEqual(await client.downloadArtifact(run, 'small.bin'), small);

    // S3 names an object of three parts so.
    const key = `artifacts/${experimentId}/${run.runId}/artifacts/${encodeURI('models/größe b.bin')}`;
    const { headers } = await fetch(`${storage.uri}/bucket/${key}`, { method: 'HEAD' });
    assert.match(headers.get('etag') ?? '', /-3"$/);
  },
);
