import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { differences } from '../../../envs/trace/differences';
import { replay } from '../../../envs/trace/replay';
import { readTrace } from '../../../envs/trace/trace';

const folder = path.join(process.env.KDLAB_GOLDEN ?? path.resolve(__dirname, '../../../../shared/golden'), 'envs');
const skip = fs.existsSync(folder) ? false : `no reference trajectories at ${folder}; set KDLAB_GOLDEN`;
const read = (name: string) => readTrace(path.join(folder, `${name}.json`));
const compare = (name: string) => differences(read(name), replay(read(name)));

for (const game of ['asterix', 'breakout', 'freeway', 'seaquest', 'space_invaders'])
  test(`${game}: cells, rewards and ends of the real game, exactly`, { skip }, () => {
    for (const { steps, rewards, unequal, firstDifference } of compare(`minatar-${game}`)) {
      assert.ok(steps > 0);
      assert.deepEqual({ rewards, unequal, firstDifference }, { rewards: 0, unequal: 0, firstDifference: undefined });
    }
  });

for (const [id, states] of [
  ['MountainCar-v0', 1e-15],
  ['MountainCarContinuous-v0', 1e-15],
  ['Pendulum-v1', 1e-12],
] as const)
  test(`${id}: whole trajectories of the real one from its first states`, { skip }, () => {
    for (const difference of compare(id)) {
      assert.ok(difference.states! <= states && difference.rewards! <= 1e-12, JSON.stringify(difference));
      assert.equal(difference.unequal, 0);
    }
  });

/* Chaotic or unstable: the last bit of a cosine, which libraries round differently, grows by orders of magnitude. */
for (const [id, steps] of [
  ['Acrobot-v1', 200],
  ['CartPole-v1', 100],
] as const)
  test(`${id}: the first ${steps} steps, and every step from the recorded state before it`, { skip }, () => {
    const trace = read(id);
    const near = (ours: readonly number[], theirs: readonly number[], where: string) =>
      theirs.forEach((value, k) => {
        const distance = Math.abs(ours[k]! - value);
        assert.ok(distance <= 1e-11 * Math.max(1, Math.abs(value)), `${where}: ${distance}`);
      });
    trace.episodes.forEach((episode, e) => {
      const ours = replay({ ...trace, episodes: [episode] }).episodes[0]!;
      episode.states!.slice(0, steps).forEach((state, t) => {
        near(ours.states![t]!, state, `episode ${e}, step ${t}`);
      });
      episode.states!.slice(1).forEach((state, t) => {
        const one = { initialState: [...episode.states![t]!], actions: [episode.actions[t + 1]!] };
        const [alone] = replay({ ...trace, episodes: [one] }).episodes;
        near(alone!.states![0]!, state, `episode ${e}, step ${t + 1} alone`);
      });
    });
  });

test('draws of another kind, left over or missing are refused with their place', { skip }, () => {
  const trace = read('minatar-breakout');
  const [first] = trace.episodes;
  const changed = (draws: (typeof first & object)['draws']) => ({ ...trace, episodes: [{ ...first!, draws }] });
  const [step, ...rest] = first!.draws!;
  assert.throws(() => replay(changed([[], ...rest])), /episode 0, step 0: the environment draws/);
  assert.throws(() => replay(changed([[...step!, ['u', 0.5]], ...rest])), /step 0: the trace has \d+ draws/);
  assert.throws(() => replay({ ...trace, env: 'CartPole-v9' }), /did you mean "CartPole-v1"/);
});
