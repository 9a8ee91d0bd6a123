import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Filter, MlflowClient, MlflowError } from '../../src/mlflow';
import { recorded, recordings } from './recordings';
import { ReplayServer } from './replay-server';

const RUN = '5b5a08f948bb4e0aa5bb88354c5f9d6f';
const SECOND = 'a11a39f7b9c848aab097a84e79b71197';
const MODEL = 'm-8f20e695dfc44119897319908a5610f8';
const place = { runId: RUN, artifactUri: `mlflow-artifacts:/1/${RUN}/artifacts` };

/** Calls a client of the recorded SQL server, whose requests must all be among the recorded ones. */
async function replayed(call: (client: MlflowClient) => Promise<void>, server = 'sqlite'): Promise<void> {
  const replay = await new ReplayServer(recordings(server)).open();
  const client = new MlflowClient({
    uri: replay.uri,
    maxRetries: 0,
    env: {},
  });
  try {
    await call(client);
    assert.deepEqual(replay.strange, []);
  } finally {
    await client.close();
    await replay.close();
  }
}

const code = (expected: string) => (error: unknown) => error instanceof MlflowError && error.code === expected;

test('experiments: create, find, page, rename, delete, restore', recorded, () =>
  replayed(async (client) => {
    assert.equal(await client.serverVersion(), '3.11.2.dev0');
    const tags = { 'mlflow.note.content': 'Distillation runs', team: 'kd' };
    assert.equal(await client.createExperiment('kd-mnist', tags), '1');
    await assert.rejects(client.createExperiment('kd-mnist'), code('RESOURCE_ALREADY_EXISTS'));
    assert.equal(await client.createExperiment('蒸留 — étude/№1'), '2');
    assert.equal((await client.getExperiment('1'))!.name, 'kd-mnist');
    assert.equal(await client.getExperiment('987654'), undefined);
    assert.deepEqual((await client.getExperimentByName('kd-mnist'))!.tags, tags);
    assert.equal((await client.getExperimentByName('蒸留 — étude/№1'))!.experimentId, '2');
    assert.equal(await client.getExperimentByName('nope'), undefined);
    const search = { filter: "name LIKE 'kd%'", orderBy: ['name ASC'], viewType: 'ACTIVE_ONLY' } as const;
    assert.deepEqual(
      (await client.searchExperiments(search)).map(({ name }) => name),
      ['kd-mnist'],
    );
    const two = await client.searchExperiments({ maxResults: 2 });
    assert.deepEqual(
      two.map(({ experimentId }) => experimentId),
      ['2', '1'],
    );
    await client.setExperimentTag('1', 'kind', 'kd');
    await client.renameExperiment('1', 'kd-mnist-2');
    await client.deleteExperiment('2');
    await assert.rejects(client.deleteExperiment('2'), code('RESOURCE_DOES_NOT_EXIST'));
    await client.restoreExperiment('2');
  }),
);

test('runs: create, nest, log, end, delete, restore', recorded, () =>
  replayed(async (client) => {
    const parent = await client.createRun({
      experimentId: '1',
      startTime: 1767225600000,
      runName: 'teacher→student',
      tags: {
        'mlflow.user': 'researcher',
        'mlflow.source.name': 'train.ts',
        'mlflow.source.type': 'LOCAL',
        'mlflow.source.git.commit': '0123456789abcdef0123456789abcdef01234567',
      },
    });
    assert.deepEqual([parent.runId, parent.artifactUri], [RUN, place.artifactUri]);
    const child = { experimentId: '1', startTime: 1767225600001, runName: 'trial-0', parentRunId: RUN };
    assert.equal((await client.createRun(child)).tags['mlflow.parentRunId'], RUN);
    const metrics = [
      { key: 'loss', value: 2, timestamp: 1767225600020, step: 1 },
      { key: 'loss', value: Number.NaN, timestamp: 1767225600030, step: 2 },
      { key: 'val/acc', value: 0.75, timestamp: 1767225600030, step: 2 },
    ];
    const params = { temperature: '4.0', alpha: '0.9' };
    assert.deepEqual(await client.logBatch(RUN, { metrics, params, tags: { stage: 'distill' } }), []);
    await client.updateRun(RUN, { status: 'FINISHED', endTime: 1767225660000 });
    await client.updateRun(RUN, { runName: 'renamed' });
    await client.deleteRun(SECOND);
    await client.restoreRun(SECOND);
    await client.deleteTag(RUN, 'tmp');
  }),
);

test('what a run holds is read back: metrics that are not finite, data sets, logged models', recorded, () =>
  replayed(async (client) => {
    const source = { name: 'mnist', digest: '0123abcd', sourceType: 'local', source: '{"uri": "data/mnist"}' };
    const schema = '{"mlflow_colspec": [{"type": "double", "name": "x", "required": true}]}';
    const input = { ...source, schema, profile: '{"num_rows": 60000}', context: 'training' };
    await client.logInputs(RUN, [input]);
    const run = await client.getRun(RUN);
    assert.deepEqual(run.inputs, [input]);
    assert.deepEqual(run.outputModelIds, [MODEL]);
    const latest = Object.fromEntries(run.metrics.map(({ key, value }) => [key, value]));
    assert.deepEqual([latest.nanm, latest.infm, latest.ninfm], [Number.NaN, Number.MAX_VALUE, -Number.MAX_VALUE]);
    const history = await client.getMetricHistory(RUN, 'loss');
    assert.deepEqual(
      history.slice(0, 3).map(({ value, step }) => [value, step]),
      [
        [2.5, 0],
        [2, 1],
        [Number.NaN, 2],
      ],
    );
    assert.deepEqual(await client.getMetricHistory(SECOND, 'ok'), []);
  }),
);

test('filters as they are built find what the recorded ones found', recorded, () =>
  replayed(async (client) => {
    const found = async (filter: string | Filter) =>
      (await client.searchRuns({ experimentIds: ['1'], filter })).map(({ runId }) => runId);
    const children = Filter.tag('mlflow.parentRunId', '=', RUN);
    assert.equal(children.text, `tags.\`mlflow.parentRunId\` = '${RUN}'`);
    assert.deepEqual(await found(children), ['63bf2d1ae255405db95da835767cbfd2']);
    assert.equal((await found(Filter.attribute('run_name', 'LIKE', 'teacher%'))).length, 1);
    assert.ok((await found(Filter.attribute('start_time', '>', 1767225599999))).length >= 1);
    assert.equal((await found(Filter.dataset('name', '=', 'mnist'))).length, 1);
    assert.equal((await found("metrics.`val/acc` > 0.7 AND tags.stage = 'distill'")).length, 1);
    const deleted = await client.searchRuns({ experimentIds: ['1'], viewType: 'DELETED_ONLY' });
    assert.deepEqual(deleted, []);
    const refused = [
      "attributes.status IN ('RUNNING','FINISHED')",
      'params.lr = 1',
      'metrics.loss > 1 OR metrics.loss < 0',
      'metrics.loss IS NULL',
    ];
    for (const filter of refused) await assert.rejects(found(filter), code('INVALID_PARAMETER_VALUE'));
  }),
);

test('artifacts: sent, replaced, listed, fetched', recorded, () =>
  replayed(async (client) => {
    await client.uploadArtifact(place, 'config/config.yaml', Buffer.from('lr: 0.001\n'));
    await client.uploadArtifact(place, 'config/config.yaml', Buffer.from('lr: 0.002\n'));
    await client.uploadArtifact(place, '図/courbe é.txt', Buffer.from('x'));
    await client.uploadArtifact(place, 'empty.txt', Buffer.from(''));
    assert.equal((await client.downloadArtifact(place, 'config/config.yaml')).toString(), 'lr: 0.002\n');
    await assert.rejects(client.downloadArtifact(place, 'none.txt'), code('RESOURCE_DOES_NOT_EXIST'));
    assert.deepEqual(await client.listArtifacts(RUN, 'config'), [
      { path: 'config/config.yaml', isDirectory: false, size: 10 },
    ]);
    assert.deepEqual(await client.listArtifacts(RUN, 'zzz'), []);
  }),
);

test('the registry: models, versions, aliases', recorded, () =>
  replayed(async ({ registry }) => {
    const model = await registry.createModel('student-mnist', { description: 'd', tags: { k: 'v' } });
    assert.deepEqual(model, { name: 'student-mnist', description: 'd', tags: { k: 'v' }, aliases: {} });
    await assert.rejects(registry.createModel('student-mnist'), code('RESOURCE_ALREADY_EXISTS'));
    assert.equal((await registry.getModel('student-mnist'))!.tags.k, 'v');
    assert.equal(await registry.getModel('zz'), undefined);
    const name = 'student-mnist';
    const source = `${place.artifactUri}/model`;
    assert.equal((await registry.createVersion({ name, source, runId: RUN, tags: { a: 'b' } })).version, '1');
    const logged = { name, source: `models:/${MODEL}`, runId: RUN, modelId: MODEL };
    assert.equal((await registry.createVersion(logged)).version, '2');
    assert.equal((await registry.getVersion(name, '1'))!.source, source);
    assert.equal(await registry.getVersion(name, '99'), undefined);
    assert.deepEqual(
      (await registry.searchVersions(name)).map(({ version }) => version),
      ['2', '1'],
    );
    await registry.setAlias(name, 'champion', '1');
    assert.deepEqual((await registry.getVersionByAlias(name, 'champion'))!.aliases, ['champion']);
    await registry.deleteAlias(name, 'champion');
    assert.deepEqual(
      (await registry.searchModels()).map((each) => each.name),
      ['student-mnist'],
    );
  }),
);

test('logged models', recorded, () =>
  replayed(async ({ loggedModels }) => {
    const params = { layers: '4' };
    const model = {
      experimentId: '1',
      name: 'student',
      sourceRunId: RUN,
      modelType: 'student',
      params,
      tags: { format: 'onnx' },
    };
    const created = await loggedModels.create(model);
    assert.deepEqual([created.modelId, created.status, created.params], [MODEL, 'PENDING', params]);
    await loggedModels.attachToRun(RUN, MODEL, 2);
    assert.equal((await loggedModels.finalize(MODEL, 'READY')).status, 'READY');
    assert.equal((await loggedModels.get(MODEL)).sourceRunId, RUN);
    assert.deepEqual(
      (await loggedModels.search(['1'])).map(({ modelId }) => modelId),
      [MODEL],
    );
    await loggedModels.setTags(MODEL, { a: 'b' });
  }),
);

test('every recorded error becomes one in words, with its code where it has one', recorded, async () => {
  const { errorOf } = await import('../../src/mlflow/errors');
  const { answerBytes } = await import('./recordings');
  const all = ['sqlite', 'filestore-server', 'basic-auth'].flatMap(recordings);
  const failed = all.filter(({ response }) => response.status >= 400);
  assert.ok(failed.length > 60);
  for (const { name, request, response } of failed) {
    const url = new URL(request.path, 'http://mlflow.example:5000');
    const { status, body } = response;
    const error = errorOf({ status, text: answerBytes(response).toString() }, { method: request.method, url });
    assert.doesNotMatch(error.message, /<[a-z!/]/, name);
    assert.ok(error.message.length > 10, name);
    assert.equal(error.code, (body as { error_code?: string } | undefined)?.error_code, name);
  }
});

test('what that server answered 200 to and lost does not leave this client', recorded, () =>
  replayed(async (client) => {
    const point = { key: 'x', value: 1, timestamp: 1767225600000, step: 0 };
    const lost = await client.logBatch(RUN, {
      metrics: [
        { ...point, timestamp: 1767225600000.25 },
        { ...point, step: 1.5 },
        { ...point, timestamp: -1 },
        { ...point, key: 'a//b' },
      ],
      params: { nump: 3 as unknown as string, nullp: null as unknown as string, long: 'p'.repeat(6001), 'a*b': '1' },
      tags: { len8001: 't'.repeat(8001) },
    });
    assert.deepEqual(lost.map(({ key }) => key).sort(), [
      'a*b',
      'a//b',
      'len8001',
      'long',
      'nullp',
      'nump',
      'x',
      'x',
      'x',
    ]);
    await assert.rejects(client.createRun({ experimentId: '1', startTime: 1767225600000.5 }), /whole milliseconds/);
    await assert.rejects(client.createExperiment('x'.repeat(501)), /500 characters/);
    const input = { name: 'mnist', digest: 'd'.repeat(37), sourceType: 'local', source: '{}' };
    await assert.rejects(client.logInputs(RUN, [input]), /digest .* 36/);
    await assert.rejects(client.registry.createModel('a/b:c'), /must not/);
    await assert.rejects(client.registry.setAlias('m', 'v1', '1'), /reserved/);
    await assert.rejects(client.uploadArtifact(place, '../x.txt', Buffer.from('x')), /no artifact path/);
  }),
);
