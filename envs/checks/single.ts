import { decodeState, encodeState } from '../../src/core/snapshot';
import type { Dynamics } from '../dynamics';
import { type Environment, environmentOf } from '../environment';
import { expectObservation, sample, wander } from './acting';
import type { Check } from './checks';
import { expect, expectRefusal, expectSame } from './expect';

const STEPS = 200;
/** Longest limit that is waited for. */
const PATIENCE = 1000;

export const resets: Check = (dynamics, rng) => {
  const env = environmentOf(dynamics);
  if (dynamics.stochastic) expectRefusal(() => env.reset(), 'a first reset without a source of randomness');
  const first = env.reset({ seed: 1 });
  expectObservation(env, first, 'reset');
  const kept = first.observation.slice();
  const again = env.reset({ seed: 1 });
  expect(
    again.observation !== first.observation,
    'two resets give the same array: what is kept of one changes with the other',
  );
  expectSame(again.observation, kept, 'observation after a reset with the same seed');
  again.observation.fill(Number.NaN);
  env.step(sample(dynamics, rng.stream()));
  expect(env.state.every(Number.isFinite), 'writing to an observation changes the environment');
  for (let seed = 0; seed < 20; seed++) expectObservation(env, env.reset({ seed }), `reset with seed ${seed}`);
  expectRefusal(() => env.reset({ seed: 1, options: { noSuchOption: 1 } }), 'an unknown option of reset');
  for (const name of dynamics.resetParameters ?? [])
    expectRefusal(() => env.reset({ seed: 1, options: { [name]: Number.NaN } }), `NaN as the option ${name} of reset`);
};

export const steps: Check = (dynamics, rng) => {
  const env = environmentOf(dynamics);
  let last: Float32Array | undefined;
  let at = 0;
  wander(env, { seed: 2, count: STEPS, stream: rng.stream() }, (result) => {
    const when = `step ${at++}`;
    expectObservation(env, result, when);
    expect(result.observation !== last, `${when}: the observation is the array of the step before`);
    last = result.observation;
    if (!('reward' in result)) return;
    const { reward, terminated, truncated } = result;
    expect(Number.isFinite(reward), `${when}: the reward is ${reward}, expected a finite number`);
    expect(typeof terminated === 'boolean', `${when}: terminated is ${String(terminated)}, expected a boolean`);
    expect(typeof truncated === 'boolean', `${when}: truncated is ${String(truncated)}, expected a boolean`);
    expect(env.state.every(Number.isFinite), `${when}: the state is [${env.state.join(', ')}]`);
  });
};

/** Everything that two environments of one definition do under the same seed and the same actions. */
function trajectory(dynamics: Dynamics, env: Environment, rng: Parameters<Check>[1]): string[] {
  const told: string[] = [];
  wander(env, { seed: 3, count: STEPS, stream: rng.stream() }, ({ observation, ...rest }) =>
    told.push(JSON.stringify([Array.from(observation), rest, dynamics.stateSize < 100 ? Array.from(env.state) : []])),
  );
  return told;
}

export const determinism: Check = (dynamics, rng) => {
  const env = environmentOf(dynamics);
  const first = trajectory(dynamics, env, rng);
  for (const other of [trajectory(dynamics, env, rng), trajectory(dynamics, environmentOf(dynamics), rng)]) {
    const differs = first.findIndex((line, t) => line !== other[t]);
    expect(
      differs < 0,
      `from step ${differs} on, the same seed and actions give ${other[differs]}, not ${first[differs]}`,
    );
  }
};

export const refusals: Check = (dynamics, rng) => {
  const { actionSpace } = dynamics;
  const env = environmentOf(dynamics);
  env.reset({ seed: 4 });
  const member = actionSpace.sample(rng.stream());
  const wrong: unknown[] = [Number.NaN, undefined, null, 'right', [], [Number.NaN]];
  if (typeof member === 'number' && actionSpace.kind === 'discrete')
    wrong.push(actionSpace.start - 1, actionSpace.start + actionSpace.n, actionSpace.start + 0.5, [member]);
  else if (typeof member !== 'number') {
    const over = Float32Array.from(member);
    over[0] = actionSpace.kind === 'box' ? actionSpace.high[0]! + 1 : 1e6;
    wrong.push(over, [...member, 0], member[0], Float32Array.from(member).fill(Number.NaN));
  }
  const before = env.state;
  for (const action of wrong) {
    expectRefusal(() => env.step(action as never), `the action ${JSON.stringify(action) ?? 'undefined'}`);
    expectSame(env.state, before, 'the state after a refused action');
  }
  env.step(member);
};

export const calls: Check = (dynamics, rng) => {
  const env = environmentOf(dynamics);
  const stream = rng.stream();
  expectRefusal(() => env.step(sample(dynamics, stream)), 'a step before the first reset');
  env.reset({ seed: 5 });
  for (let t = 0; t < PATIENCE; t++) {
    const { terminated, truncated } = env.step(sample(dynamics, stream));
    if (!terminated && !truncated) continue;
    expectRefusal(() => env.step(sample(dynamics, stream)), 'a step after the end of the episode');
    env.reset();
    env.step(sample(dynamics, stream));
    return;
  }
};

export const limit: Check = (dynamics, rng) => {
  const { maxEpisodeSteps } = dynamics;
  // A limit too far away is brought near: it is the same code that keeps it.
  const near = maxEpisodeSteps > PATIENCE ? { ...dynamics, maxEpisodeSteps: PATIENCE } : dynamics;
  const env = environmentOf(near);
  const stream = rng.stream();
  for (let episode = 0; episode < 3; episode++) {
    env.reset(episode === 0 ? { seed: 6 } : {});
    for (let t = 1; ; t++) {
      const { terminated, truncated } = env.step(sample(dynamics, stream));
      expect(
        truncated === t >= near.maxEpisodeSteps,
        `truncated is ${truncated} at step ${t} of ${near.maxEpisodeSteps}`,
      );
      if (terminated || truncated) break;
    }
  }
};

export const restoring: Check = (dynamics, rng) => {
  const env = environmentOf(dynamics);
  const stream = rng.stream();
  env.reset({ seed: 7 });
  for (let t = 0; t < 10; t++) {
    const { terminated, truncated } = env.step(sample(dynamics, stream));
    if (terminated || truncated) env.reset();
  }
  const state = Array.from(env.state);
  const other = environmentOf(dynamics);
  other.reset({ seed: 7, state });
  expectSame(other.state, state, 'the state after a reset to it');
  expectRefusal(() => other.reset({ seed: 7, state: state.slice(1) }), 'a state with too few numbers');
  expectRefusal(() => other.reset({ seed: 7, state: state.map(() => Number.NaN) }), 'a state of NaN');
};

export const saving: Check = (dynamics, rng) => {
  const env = environmentOf(dynamics);
  wander(env, { seed: 8, count: 37, stream: rng.split('before').stream() }, () => undefined);
  const copy = environmentOf(dynamics);
  copy.load(decodeState(encodeState(env.save())));
  const [ours, theirs] = [rng.split('after').stream(), rng.split('after').stream()];
  for (let t = 0; t < STEPS / 2; t++) {
    const [a, b] = [env.step(sample(dynamics, ours)), copy.step(sample(dynamics, theirs))];
    expectSame(b.observation, a.observation, `the observation ${t} steps after loading`);
    expect(
      a.reward === b.reward && a.terminated === b.terminated && a.truncated === b.truncated,
      `step ${t} after loading differs`,
    );
    if (a.terminated || a.truncated) expectSame(copy.reset().observation, env.reset().observation, 'the next episode');
  }
};
