import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { RawConfig } from '../../../src/config/load';
import { KdlabError } from '../../../src/core/errors';
import type { Results } from '../../../src/core/results';
import { execute } from '../../../src/run/execute';
import { prepare } from '../../../src/run/prepare';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kdlab-methods-'));
test.after(() => fs.rmSync(folder, { recursive: true, force: true }));

const nothing = () => undefined;
const silent = { note: nothing, stageStarted: nothing, step: nothing, stageEnded: nothing };

async function run({ student, teacher, ...more }: Record<string, unknown>): Promise<Results> {
  const raw = {
    experiment: 'gnn',
    name: 'karate-methods',
    description: 'A test.',
    dataset: { name: 'karate', split: { train: 4, validation: 4 } },
    baseline: false,
    embedding: 0,
    teacher: { model: { gcn: { hidden: [8] } }, epochs: 15, learningRate: 0.05, ...(teacher as object) },
    student: { model: { mlp: { hidden: [4] } }, epochs: 6, learningRate: 0.05, ...(student as object) },
    ...more,
  } as unknown as RawConfig;
  const options = { reporter: silent, command: 'test', download: false };
  return (await execute(prepare(raw, { runsDir: folder, where: 'test' }), options)).record.results!;
}

const LABELS = { 'node-labels': {} };
const hidden = { student: 'hidden1', teacher: 'hidden1' };

/** Methods as a configuration puts them together. */
const METHODS: Record<string, Record<string, unknown>> = {
  'NOSMOG: positions, likeness, features moved': {
    positions: { deepwalk: { width: 4, walks: 2, length: 10 } },
    student: {
      model: { mlp: { hidden: [4], positions: 4 } },
      objective: [
        { glnn: {} },
        { gsp: { ...hidden, kernel: 'dot' }, weight: 0.1 },
        { 'adversarial-features': {}, weight: 0.1 },
      ],
    },
  },
  'NOSMOG on nodes that came later': {
    positions: { laplacian: { width: 4 } },
    unseen: 0.2,
    student: { model: { mlp: { hidden: [4], positions: 4 } } },
  },
  RDD: { student: { model: { gcn: { hidden: [4] } }, objective: [LABELS, { rdd: {} }] } },
  TinyGNN: {
    student: { model: { 'tiny-gnn': { hidden: [4] } }, objective: [LABELS, { kd: { alpha: 1, temperature: 2 } }] },
  },
  GraphAKD: { student: { model: { gcn: { hidden: [4] } }, objective: [LABELS, { 'graph-akd': hidden }] } },
  'GKD from a teacher that knows more edges': {
    hiddenEdges: 0.4,
    student: { model: { gcn: { hidden: [4] } }, objective: [{ glnn: {} }, { gkd: {} }] },
  },
  GKD: { student: { model: { gcn: { hidden: [4] } }, objective: [{ glnn: {} }, { gkd: { delta: 0.5 } }] } },
  FitNets: { student: { objective: [{ glnn: {} }, { fitnets: hidden }] } },
  'attention transfer': { student: { objective: [{ glnn: {} }, { 'node-attention': hidden, weight: 100 }] } },
  'RKD on nodes in batches': {
    student: { batchSize: 8, objective: [{ glnn: {} }, { rkd: { ...hidden, angle: 1 }, weight: 0.1 }] },
  },
  'teachers of several kinds': {
    committee: [
      { model: { gat: { hidden: [4], heads: 2 } }, epochs: 5 },
      { model: { sage: { hidden: [8] } }, epochs: 5 },
    ],
  },
  'neighbours drawn, for teacher and student': {
    teacher: { sampling: { neighbors: { batchSize: 4, fanouts: [3, 3] } } },
    student: {
      model: { sage: { hidden: [4] } },
      sampling: { neighbors: { batchSize: 8, fanouts: [3, 3] } },
      objective: [{ glnn: {} }, { lsp: hidden, weight: 0.1 }, { gsp: hidden, weight: 0.1 }, { 'neighbor-kl': {} }],
    },
  },
  clusters: {
    teacher: { sampling: { clusters: { parts: 4, perBatch: 2 } } },
    student: { model: { gcn: { hidden: [4] } }, sampling: { clusters: { parts: 4, perBatch: 2 } } },
  },
};

for (const [name, parts] of Object.entries(METHODS))
  test(`${name} runs from a configuration`, async () => {
    const { models } = await run(parts);
    assert.deepEqual(
      models.map(({ role }) => role),
      ['teacher', 'student'],
    );
    for (const { metrics } of models) assert.ok(metrics.testAccuracy!.mean >= 0 && metrics.testAccuracy!.mean <= 1);
  });

test('what cannot go together is refused before training', async () => {
  await assert.rejects(
    run({ student: { batchSize: 8, sampling: { neighbors: {} } } }),
    (error) => error instanceof KdlabError && /give batchSize .* or sampling/.test(error.message),
  );
  await assert.rejects(
    run({ student: { model: { mlp: { positions: 3 } } } }),
    (error) => error instanceof KdlabError && /position numbers/.test(error.message),
  );
  await assert.rejects(
    run({ student: { objective: [{ gkd: {} }] }, committee: [{ model: { gcn: {} } }] }),
    (error) => error instanceof KdlabError && /reads the teacher's "hidden1"/.test(error.message),
  );
});
