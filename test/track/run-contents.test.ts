import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inputsOf, paramsOf, resultPoints, statusOf, tagsOf } from '../../src/track/run-contents';
import { finished, record } from './run-on-disk';

test('parameters are the configuration with dotted names', () => {
  assert.deepEqual(
    paramsOf({
      seed: 3,
      rate: 1e-7,
      flag: false,
      nothing: null,
      hidden: [8, 4],
      none: {},
      empty: [],
      student: { model: { mlp: { units: 8 } } },
      layers: [{ units: 2 }, { units: 3 }],
    }),
    {
      seed: '3',
      rate: '1e-7',
      flag: 'false',
      nothing: 'null',
      hidden: '[8,4]',
      none: '{}',
      empty: '[]',
      'student.model.mlp.units': '8',
      'layers.0.units': '2',
      'layers.1.units': '3',
    },
  );
});

test('what may differ when a run is resumed is no parameter: a parameter never changes', () => {
  const config = { seed: 1, description: 'x', checkpointSeconds: 5, tracking: { uri: 'http://user:secret@host' } };
  assert.deepEqual(paramsOf(config), { seed: '1' });
});

test('tags name the user, the command, the code and the run', () => {
  const tags = tagsOf(record, 'abc');
  assert.equal(tags['kdlab.runId'], 'example-s3-0123abcd@1700000000000');
  assert.equal(tags['mlflow.user'], 'ada');
  assert.equal(tags['mlflow.source.name'], 'kdlab run example --seed 3');
  assert.equal(tags['mlflow.source.git.commit'], 'f'.repeat(40));
  assert.equal(tags['mlflow.note.content'], 'What it shows.');
  assert.equal(tags['mlflow.parentRunId'], 'abc');
  const { git: _, ...unversioned } = record;
  const bare = tagsOf({ ...unversioned, description: '' }, undefined);
  for (const absent of ['mlflow.source.git.commit', 'mlflow.note.content', 'mlflow.parentRunId'])
    assert.ok(!(absent in bare), absent);
});

test('a data set is named by 36 characters of its digest and keeps the whole one in its source', () => {
  const [input] = inputsOf(record);
  assert.equal(input!.digest, 'ab'.repeat(18));
  assert.deepEqual(JSON.parse(input!.source), {
    uri: 'generated',
    digest: 'ab'.repeat(32),
    splitHash: 'cd'.repeat(32),
  });
});

test('final results are points at the end of the run; nothing before there are any', () => {
  assert.deepEqual(resultPoints(record, 9), []);
  assert.deepEqual(resultPoints({ ...record, ...finished }, 9), [
    { key: 'final/student/testError', value: 0.25, timestamp: 1_700_000_002_500, step: 9 },
    { key: 'final/student/agreement', value: 0.75, timestamp: 1_700_000_002_500, step: 9 },
  ]);
});

test('models that share a role are told apart by name', () => {
  const results = finished.results!;
  const [model] = results.models;
  const two = { ...results, models: [model!, { ...model!, name: 'smaller' }] };
  const keys = resultPoints({ ...record, ...finished, results: two }, 0).map(({ key }) => key);
  assert.equal(new Set(keys).size, 4);
  assert.ok(keys.includes('final/student/smaller/testError'));
});

test('status in the words of the server', () => {
  assert.deepEqual(statusOf(record), { status: 'RUNNING' });
  assert.deepEqual(statusOf({ ...record, status: 'INTERRUPTED', endedAt: 5 }), { status: 'KILLED', endTime: 5 });
  assert.deepEqual(statusOf({ ...record, status: 'FAILED', endedAt: 5 }), { status: 'FAILED', endTime: 5 });
});
