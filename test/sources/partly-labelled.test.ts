import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Batch } from '../../src/core/types';
import { Rng } from '../../src/math/rng';
import { type PartlyLabelledOptions, partlyLabelled } from '../../src/sources/partly-labelled';
import { useEngine } from '../support/engine';

before(useEngine);

const COUNT = 20;
/** Image i is 4 × 4 pixels of i + 1. */
const examples = {
  images: Uint8Array.from({ length: COUNT * 16 }, (_, at) => Math.floor(at / 16) + 1),
  labels: Uint8Array.from({ length: COUNT }, (_, i) => i % 3),
  count: COUNT,
};
const source = (more: Partial<PartlyLabelledOptions> = {}) =>
  partlyLabelled({
    examples,
    inputShape: [4, 4, 1],
    labelled: Int32Array.of(0, 1, 2, 3),
    unlabelled: Int32Array.from({ length: 16 }, (_, i) => i + 4),
    batchSize: 2,
    ratio: 3,
    weak: 0,
    strong: 0,
    cutout: 0,
    ...more,
  });

interface Seen {
  readonly x: number[];
  readonly weak: number[];
  readonly y: number[];
  readonly ids: number[];
  readonly shape: number[];
}
const seen = ({ x, y, extras, ids }: Batch): Seen => ({
  x: [...x.dataSync()],
  weak: [...extras!.weak!.dataSync()],
  y: [...y!.dataSync()],
  ids: [...ids!],
  shape: x.shape,
});

async function take(from: ReturnType<typeof source>, count: number): Promise<Seen[]> {
  const found: Seen[] = [];
  for await (const batch of from.batches({ rng: Rng.root(5) } as never)) {
    found.push(seen(batch));
    if (found.length === count) return found;
  }
  return found;
}

test('labelled images come first with their labels, unlabelled ones without; no label is seen that is hidden', async () => {
  const from = source();
  assert.equal(from.stepsPerEpoch, 2);
  for (const { y, ids, shape } of await take(from, 5)) {
    assert.deepEqual(shape, [8, 4, 4, 1]);
    assert.ok(ids.slice(0, 2).every((id) => id < 4) && ids.slice(2).every((id) => id >= 4));
    assert.deepEqual(y, [...ids.slice(0, 2).map((id) => id % 3), -1, -1, -1, -1, -1, -1]);
  }
});

test('an epoch sees no unlabelled image twice', async () => {
  const ids = (await take(source(), 2)).flatMap((batch) => batch.ids.slice(2));
  assert.equal(new Set(ids).size, ids.length);
});

test('the cutout erases one square from the student’s view of unlabelled images alone', async () => {
  const [batch] = await take(source({ cutout: 2 }), 1);
  batch!.ids.forEach((_, row) => {
    const zeros = batch!.x.slice(row * 16, row * 16 + 16).flatMap((value, at) => (value === 0 ? [at] : []));
    if (row < 2) assert.deepEqual(zeros, []);
    else assert.deepEqual(zeros, [zeros[0], zeros[0]! + 1, zeros[0]! + 4, zeros[0]! + 5]);
    assert.ok(batch!.weak.slice(row * 16, row * 16 + 16).every((value) => value > 0));
  });
});

test('views of one image are shifted apart, and flattened where a dense model takes them', async () => {
  const [batch] = await take(source({ weak: 1, strong: 3, flatten: true }), 1);
  assert.deepEqual(batch!.shape, [8, 16]);
  assert.deepEqual(batch!.x.slice(0, 32), batch!.weak.slice(0, 32));
  assert.notDeepEqual(batch!.x.slice(32), batch!.weak.slice(32));
});

test('taken up from a saved position it goes on with the same batches', async () => {
  const options = { weak: 1, strong: 2, cutout: 2 };
  const whole = await take(source(options), 6);
  const first = source(options);
  await take(first, 3);
  const second = source(options);
  second.load(first.save());
  assert.deepEqual(await take(second, 3), whole.slice(3));
});

test('what cannot fill a batch or does not fit an image is refused', () => {
  assert.throws(() => source({ ratio: 9 }), /2 labelled and 18 unlabelled.*there are 4 and 16.*Lower/s);
  assert.throws(() => source({ cutout: 5 }), /cutout of 5 do not fit 4×4/);
});
