import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { graphScale } from '../../../experiments/parts/graph-scale';
import { emptyFolder } from '../../data/fixture';

test('scale: a graph is generated with its features in a file, trained on sampled neighbours, and the file is gone', async (t) => {
  const folder = emptyFolder(t);
  const told: string[] = [];
  const report = await graphScale({
    nodes: 3000,
    edges: 15_000,
    features: 8,
    classes: 3,
    labelled: 0.5,
    batchSize: 128,
    fanouts: [5, 5],
    hidden: [16],
    steps: 40,
    tested: 512,
    seed: 1,
    folder,
    notify: (message) => told.push(message),
  });
  assert.equal(report.graph.nodes, 3000);
  assert.equal(report.bytes.structure, 4 * 3001 + 4 * report.graph.directedEdges);
  assert.equal(report.bytes.featuresOnDisk, 4 * 3000 * 8);
  assert.equal(report.stepsPerEpoch, Math.floor(1500 / 128));
  assert.ok(report.loss.last < report.loss.first, `${report.loss.first} to ${report.loss.last}`);
  assert.ok(report.testAccuracy > 0.38, `${report.testAccuracy} of three classes`);
  assert.ok(report.peakBytes.trained >= report.peakBytes.generated);
  assert.deepEqual(fs.readdirSync(folder), []);
  assert.ok(told.length > 0);
});
