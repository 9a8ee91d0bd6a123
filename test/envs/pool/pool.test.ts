import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EnvironmentSpec, makeVector } from '../../../envs/registry';
import type { Actions } from '../../../envs/spaces';
import type { VectorEnvironment } from '../../../envs/vector';
import { KdlabError } from '../../../src/core/errors';
import { Rng } from '../../../src/math/rng';

const FIELDS = ['observations', 'rewards', 'terminated', 'truncated'] as const;

function randomActions(vector: VectorEnvironment, t: number): Actions {
  const { actionSpace } = vector.dynamics;
  const stream = Rng.root(9).split('actions', t).stream();
  const actions = vector.actions();
  for (let k = 0; k < actions.length; k++)
    actions[k] = actionSpace.kind === 'box' ? stream.uniform(-1, 1) : stream.integer((actionSpace as { n: number }).n);
  return actions;
}

function assertSame(a: VectorEnvironment, b: VectorEnvironment, when: string): void {
  for (const field of FIELDS) assert.deepEqual(a[field], b[field], `${field} ${when}`);
  for (let i = 0; i < a.size; i++)
    if (a.ended(i)) {
      assert.equal(a.episodeReturns[i], b.episodeReturns[i]);
      assert.equal(a.episodeLengths[i], b.episodeLengths[i]);
    }
}

// Threads of the checkout load TypeScript for seconds: few of them here.
test('a pool equals one thread in every bit, saved and loaded by another number of workers too', async () => {
  const id: EnvironmentSpec = {
    id: 'MinAtar/SpaceInvaders-v1',
    wrappers: [{ 'action-noise': { probability: 0.5 } }, { 'time-limit': { maxEpisodeSteps: 40 } }],
  };
  const make = (workers: number) => makeVector({ id, environments: 5, rng: Rng.root(4), workers });
  const [alone, pooled] = [make(0), make(2)];
  assertSame(alone, pooled, 'at the start');
  for (let t = 0; t < 60; t++) {
    const actions = randomActions(alone, t);
    alone.step(actions);
    pooled.step(actions);
    assertSame(alone, pooled, `after step ${t}`);
  }
  const saved = pooled.save();
  assert.deepEqual(saved, alone.save());
  const wrong = new Int32Array(5).fill(9);
  assert.throws(() => pooled.step(wrong), /action 9 of environment 0 is outside Discrete\(4\)/);
  await pooled.close();
  const resumed = make(1);
  resumed.load(saved);
  for (let t = 60; t < 90; t++) {
    const actions = randomActions(alone, t);
    alone.step(actions);
    resumed.step(actions);
    assertSame(alone, resumed, `after step ${t}, resumed`);
  }
  await resumed.close();
});

test('more workers than environments are refused', () => {
  assert.throws(
    () => makeVector({ id: 'CartPole-v1', environments: 2, rng: Rng.root(1), workers: 3 }),
    (error) =>
      error instanceof KdlabError && /workers are 1 … 2, one for each environment at most; found 3/.test(error.message),
  );
});
