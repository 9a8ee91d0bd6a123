import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Server, selectServerRuns, serverCurves } from '../../src/compare/server';
import { KdlabError } from '../../src/core/errors';
import type { Run } from '../../src/mlflow';
import { RUNS } from './example-runs';

const runs = RUNS.slice(0, 3).map(
  (_, i): Run => ({
    runId: `r${i}`,
    experimentId: '1',
    runName: '',
    status: 'FINISHED',
    startTime: 0,
    artifactUri: `a${i}`,
    lifecycleStage: 'active',
    metrics: ['student/loss', 'final/student/return', 'system/cpu'].map((key) => ({
      key,
      value: 0,
      timestamp: 0,
      step: 0,
    })),
    params: {},
    tags: {},
    inputs: [],
    outputModelIds: [],
  }),
);

/** Answers as a server does of three runs, the last one without its run.json. */
const server: Server = {
  searchExperiments: async () => [
    { experimentId: '1', name: '', artifactLocation: '', lifecycleStage: 'active', tags: {} },
  ],
  searchRuns: async () => runs,
  downloadArtifact: async (place) => {
    const i = runs.findIndex((run) => run.artifactUri === place.artifactUri);
    if (i === 2) throw new Error('404');
    return Buffer.from(JSON.stringify({ ...RUNS[i]!.record, sweep: { id: `sweep-${i}`, name: 's', trial: i } }));
  },
  getRun: async (id) => runs.find(({ runId }) => runId === id)!,
  getMetricHistory: async (_, key) => [2, 1].map((step) => ({ key, step, value: step * 10, timestamp: 0 })),
};

test('chooses by id, sweep, glob and tag, once each; runs without a record are passed over', async () => {
  const ids = async (...words: string[]) => (await selectServerRuns(words, server)).map(({ runId }) => runId);
  assert.deepEqual(await ids('sweep-1', 'example-*'), ['r1', 'r0']);
  assert.deepEqual(await ids('student.temperature=1'), ['r0']);
  await assert.rejects(
    ids('gone'),
    (error) => error instanceof KdlabError && /matches gone; it has 2 mirrored/.test(error.message),
  );
});

test('reads the curves that were logged, in the order of steps', async () => {
  const [run] = await selectServerRuns(['sweep-0'], server);
  const curves = await serverCurves(run!, server);
  assert.deepEqual(
    [...curves],
    [
      [
        'student/loss',
        [
          { step: 1, value: 10 },
          { step: 2, value: 20 },
        ],
      ],
    ],
  );
});

test('a server that cannot be asked is an error in words', async () => {
  const down = { ...server, searchExperiments: async () => Promise.reject(new Error('connection refused')) };
  await assert.rejects(selectServerRuns(['x'], down), /tracking server cannot be read: connection refused/);
});
