import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import type { Batch, Model, Source } from '../../src/core/types';
import { Rng } from '../../src/math/rng';
import { cnn } from '../../src/models/cnn';
import { mlp } from '../../src/models/mlp';
import { CachedTeacher } from '../../src/teachers/cached';
import { ensembleTeacher } from '../../src/teachers/ensemble';
import { networkTeacher } from '../../src/teachers/network';
import { useEngine } from '../support/engine';
import { assertClose } from '../support/numbers';

before(useEngine);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kdlab-cache-'));
after(() => fs.rmSync(folder, { recursive: true }));

const rng = Rng.root(4);
const data = tf.tensor2d(rng.normal(24), [6, 4]);
const batchOf = (ids: number[]): Batch => ({
  x: tf.gather(data, tf.tensor1d(ids, 'int32')),
  ids: Int32Array.from(ids),
  size: ids.length,
});
const network = (seed: number): Model => mlp({ id: 't', input: 4, hidden: [5], classes: 3, rng: Rng.root(seed) });

function cached(model: Model, options: { digest?: string; onPass?: () => void } = {}): CachedTeacher {
  return new CachedTeacher({
    folder,
    model,
    taps: ['hidden1'],
    dataDigest: options.digest ?? 'd',
    count: 6,
    examples: function* () {
      options.onPass?.();
      yield batchOf([0, 1, 2, 3]);
      yield batchOf([4, 5]);
    },
  });
}

test('a cached signal equals the network’s, logits and taps, in any order of ids', () => {
  const model = network(1);
  const teacher = cached(model);
  const batch = batchOf([5, 0, 3]);
  const direct = model.forward(batch, { training: false });
  const kept = teacher.signal(batch);
  assertClose(kept.logits.dataSync(), direct.logits.dataSync());
  assertClose(kept.taps.hidden1!.dataSync(), direct.taps.hidden1!.dataSync());
});

test('a second cache with the same teacher reads the file; other weights or data make another', () => {
  let passes = 0;
  const onPass = () => passes++;
  cached(network(2), { onPass }).signal(batchOf([0]));
  cached(network(2), { onPass }).signal(batchOf([1]));
  assert.equal(passes, 1);
  cached(network(3), { onPass }).signal(batchOf([0]));
  cached(network(2), { onPass, digest: 'other' }).signal(batchOf([0]));
  assert.equal(passes, 3);
});

test('a damaged cache file is computed again', () => {
  const teacher = cached(network(5));
  teacher.signal(batchOf([0]));
  const file = path.join(folder, `${teacher.key()}.safetensors`);
  fs.writeFileSync(file, fs.readFileSync(file).subarray(0, 100));
  let passes = 0;
  cached(network(5), { onPass: () => passes++ }).signal(batchOf([0]));
  assert.equal(passes, 1);
});

test('augmented and streamed sources, unknown ids and batches without ids are refused with the reason', () => {
  const teacher = cached(network(1));
  const source = (over: Partial<Source>) => ({ sampling: { kind: 'shuffle' }, augmented: false, ...over }) as Source;
  assert.throws(() => teacher.check(source({ augmented: true })), /augments its examples.*cacheTeacher: false/s);
  assert.throws(() => teacher.check(source({ sampling: { kind: 'stream' } })), /stream without fixed examples/);
  teacher.check(source({}));
  assert.throws(() => teacher.signal({ x: data, size: 6 }), /no example ids/);
  assert.throws(() => teacher.signal({ ...batchOf([0]), ids: Int32Array.of(6) }), /example 6 is not among the 6/);
});

test('an ensemble is the mean of its members’ probabilities', () => {
  const members = [network(1), network(2)].map(networkTeacher);
  const batch = batchOf([0, 1]);
  const mean = tf.div(
    members.map((m) => tf.softmax(m.signal(batch).logits)).reduce((a, b) => tf.add(a, b)),
    2,
  );
  assertClose(tf.softmax(ensembleTeacher(members).signal(batch).logits).dataSync(), mean.dataSync(), 1e-6);
  const other = networkTeacher(mlp({ id: 'u', input: 4, hidden: [], classes: 2, rng }));
  assert.throws(() => ensembleTeacher([...members, other]), /t maps \[4\] to 3 classes, u \[4\] to 2/);
  assert.throws(() => ensembleTeacher([]), /at least one teacher/);
});

test('a network teacher takes the same examples flat or as images', () => {
  const model = cnn({ id: 'images', input: [4, 4, 1], classes: 3, filters: [2], hidden: 5, rng: Rng.root(7) });
  const teacher = networkTeacher(model);
  const images = tf.tensor4d(rng.normal(32), [2, 4, 4, 1]);
  const direct = teacher.signal({ x: images, size: 2 });
  const flat = teacher.signal({ x: tf.reshape(images, [2, 16]), size: 2 });
  assertClose(flat.logits.dataSync(), direct.logits.dataSync(), 0);
});
