import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { KdlabError } from '../../src/core/errors';
import type { State } from '../../src/core/state';
import type { Source, SourceContext } from '../../src/core/types';
import { Rng } from '../../src/math/rng';
import { type MinibatchOptions, minibatch } from '../../src/sources/minibatch';

/** Example i is a 3 × 3 image of i + 1 in the middle, with label i mod 10. */
function toy(count: number): Pick<MinibatchOptions, 'examples' | 'inputShape'> {
  const images = new Uint8Array(count * 9);
  for (let i = 0; i < count; i++) images[i * 9 + 4] = i + 1;
  return {
    examples: { images, labels: Uint8Array.from({ length: count }, (_, i) => i % 10), count },
    inputShape: [3, 3, 1],
  };
}

interface Seen {
  readonly ids: number[];
  readonly x: number[];
  readonly y: number[];
  readonly shape: number[];
  readonly saved: State;
}

/** Draws `steps` batches with the key of `seed`. */
async function draw(source: Source, steps: number, seed = 1): Promise<Seen[]> {
  const seen: Seen[] = [];
  const context = { rng: Rng.root(seed) } as SourceContext;
  for await (const { x, y, ids, size } of source.batches(context)) {
    assert.equal(size, ids!.length);
    seen.push({ ids: [...ids!], x: [...x.dataSync()], y: [...y!.dataSync()], shape: x.shape, saved: source.save() });
    if (seen.length === steps) break;
  }
  return seen;
}

const idsOf = (seen: Seen[]) => seen.flatMap(({ ids }) => ids);
const ascending = (list: number[]) => [...list].sort((a, b) => a - b);

describe('minibatch', () => {
  test('shows every example once an epoch, in a new order each time', async () => {
    const source = minibatch({ ...toy(10), batchSize: 4 });
    assert.equal(source.stepsPerEpoch, 3);
    const seen = await draw(source, 6);
    assert.deepEqual(
      seen.map(({ ids }) => ids.length),
      [4, 4, 2, 4, 4, 2],
    );
    const epochs = [idsOf(seen.slice(0, 3)), idsOf(seen.slice(3))];
    for (const epoch of epochs) assert.deepEqual(ascending(epoch), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.notDeepEqual(epochs[0], epochs[1]);
  });

  test('the order is the permutation of the epoch', async () => {
    const seen = await draw(minibatch({ ...toy(10), batchSize: 5 }), 4);
    for (const epoch of [0, 1])
      assert.deepEqual(idsOf(seen.slice(2 * epoch, 2 * epoch + 2)), [
        ...Rng.root(1).split('epoch', epoch).permutation(10),
      ]);
  });

  test('gives pixels, labels and numbers of the same example', async () => {
    for (const flatten of [false, true]) {
      const source = minibatch({ ...toy(10), batchSize: 5, flatten });
      assert.deepEqual(source.inputShape, flatten ? [9] : [3, 3, 1]);
      for (const { ids, x, y, shape } of await draw(source, 2)) {
        assert.deepEqual(shape, flatten ? [5, 9] : [5, 3, 3, 1]);
        assert.deepEqual(
          ids.map((_, row) => Math.round(x[row * 9 + 4]! * 255) - 1),
          ids,
        );
        assert.deepEqual(
          y,
          ids.map((id) => id % 10),
        );
      }
    }
  });

  test('draws from the given examples only', async () => {
    const seen = await draw(minibatch({ ...toy(10), indices: Int32Array.of(9, 2, 5), batchSize: 2 }), 4);
    for (const epoch of [seen.slice(0, 2), seen.slice(2)]) assert.deepEqual(ascending(idsOf(epoch)), [2, 5, 9]);
  });

  test('leaves out the smaller batch where asked to', async () => {
    const source = minibatch({ ...toy(10), batchSize: 4, dropLast: true });
    assert.equal(source.stepsPerEpoch, 2);
    const seen = await draw(source, 6);
    assert.ok(seen.every(({ ids }) => ids.length === 4));
    for (const epoch of [0, 1, 2]) assert.equal(new Set(idsOf(seen.slice(2 * epoch, 2 * epoch + 2))).size, 8);
    assert.deepEqual(
      seen.map(({ saved }) => saved.epoch),
      [0, 1, 1, 2, 2, 3],
    );
  });

  test('the same key gives the same batches, another key others', async () => {
    const make = () => minibatch({ ...toy(20), batchSize: 6, jitter: 1 });
    const seen = await draw(make(), 8);
    assert.deepEqual(await draw(make(), 8), seen);
    assert.notDeepEqual(idsOf(await draw(make(), 8, 2)), idsOf(seen));
  });

  test('resumed from any batch, it goes on as if never stopped', async () => {
    const options = fc.record({
      count: fc.integer({ min: 3, max: 17 }),
      batchSize: fc.integer({ min: 1, max: 3 }),
      dropLast: fc.boolean(),
      jitter: fc.nat(2),
      done: fc.integer({ min: 1, max: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(options, async ({ count, done, ...rest }) => {
        const make = () => minibatch({ ...toy(count), ...rest });
        const whole = await draw(make(), done + 5);
        const resumed = make();
        resumed.load(JSON.parse(JSON.stringify(whole[done - 1]!.saved)) as State);
        assert.deepEqual(await draw(resumed, 5), whole.slice(done));
      }),
      { numRuns: 40, seed: 6 },
    );
  });

  test('jitter moves each image within the bound, anew in every epoch, and says so', async () => {
    const source = minibatch({ ...toy(20), batchSize: 20, jitter: 1 });
    assert.equal(source.augmented, true);
    assert.equal(minibatch({ ...toy(20), batchSize: 20 }).augmented, false);
    const places = (await draw(source, 2)).map(({ ids, x }) => {
      const byId = new Map(ids.map((id, row) => [id, x.slice(row * 9, row * 9 + 9).findIndex((value) => value > 0)]));
      return Array.from({ length: 20 }, (_, id) => byId.get(id)!);
    });
    assert.ok(places.flat().every((place) => place >= 0));
    assert.ok(new Set(places.flat()).size > 4);
    assert.notDeepEqual(places[0], places[1]);
  });

  test('disposes a batch when the next is asked for, and the last when the consumer stops', async () => {
    const before = tf.memory().numTensors;
    const held: tf.Tensor[] = [];
    for await (const { x } of minibatch({ ...toy(10), batchSize: 3 }).batches({ rng: Rng.root(1) } as SourceContext)) {
      assert.equal(tf.memory().numTensors, before + 2);
      assert.ok(held.every((tensor) => tensor.isDisposed) && !x.isDisposed);
      if (held.push(x) === 50) break;
    }
    assert.equal(tf.memory().numTensors, before);
  });

  test('refuses what cannot be drawn', () => {
    const cases: [Partial<MinibatchOptions>, RegExp][] = [
      [{ batchSize: 0 }, /batchSize is 0/],
      [{ batchSize: 2.5 }, /batchSize is 2.5/],
      [{ indices: Int32Array.of() }, /no examples/],
      [{ indices: Int32Array.of(0, 10) }, /example 10 does not exist, expected 0 to 9/],
      [{ batchSize: 11, dropLast: true }, /10 examples make no full batch of 11/],
      [{ jitter: -1 }, /jitter is -1/],
      [{ jitter: 3 }, /jitter is 3 pixels, expected 0 to 2/],
      [{ inputShape: [4, 4, 1] }, /90 pixels are not 10 images of shape \[4,4,1\]/],
    ];
    for (const [options, problem] of cases)
      assert.throws(
        () => minibatch({ ...toy(10), batchSize: 4, ...options }),
        (error: unknown) => error instanceof KdlabError && problem.test(error.message),
      );
  });

  test('refuses a position saved with other data', () => {
    const source = minibatch({ ...toy(10), batchSize: 4 });
    for (const state of [
      {},
      { epoch: 0 },
      { epoch: -1, position: 0 },
      { epoch: 0, position: 3 },
      { epoch: 0, position: 12 },
    ] as State[])
      assert.throws(
        () => source.load(state),
        (error: unknown) => error instanceof KdlabError && /saved position/.test(error.message),
      );
    source.load({ epoch: 4, position: 8 });
    assert.deepEqual(source.save(), { epoch: 4, position: 8 });
  });
});
