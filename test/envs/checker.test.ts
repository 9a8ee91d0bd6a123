import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkEnvironment } from '../../envs/checker';
import type { Dynamics } from '../../envs/dynamics';
import { dynamicsOf, list } from '../../envs/registry';
import { listWrappers } from '../../envs/spec';
import type { Named } from '../../src/core/named';

const problems = (dynamics: Dynamics) => checkEnvironment(dynamics).filter(({ problem }) => problem !== undefined);

for (const { id } of list())
  test(`${id} passes every check`, () => {
    assert.deepEqual(problems(dynamicsOf(id)), []);
  });

const options: Readonly<Record<string, object>> = { 'time-limit': { maxEpisodeSteps: 7 } };
/** Bounded continuous actions are for Pendulum, boards for MinAtar. */
const hosts = (wrapper: string) =>
  /discrete-actions|rescale-action/.test(wrapper)
    ? ['Pendulum-v1']
    : ['CartPole-v1', 'Pendulum-v1', 'MinAtar/Breakout-v1'];

for (const { name } of listWrappers())
  test(`what ${name} makes of other environments passes every check`, () => {
    for (const id of hosts(name))
      assert.deepEqual(problems(dynamicsOf({ id, wrappers: [{ [name]: options[name] ?? {} } as Named] })), []);
  });

test('wrappers within wrappers pass every check', () => {
  const wrappers = [
    { 'discrete-actions': { values: 3 } },
    'sticky-actions',
    { 'action-repeat': { times: 2 } },
    'observation-noise',
    { 'frame-stack': { frames: 2, axis: 'first' } },
    { 'time-limit': { maxEpisodeSteps: 20 } },
  ] as unknown as readonly Named[];
  assert.deepEqual(problems(dynamicsOf({ id: 'Pendulum-v1', wrappers })), []);
});

const pendulum = dynamicsOf('Pendulum-v1');
const lake = dynamicsOf('FrozenLake-v1');
let remembered = 0;

const faults: readonly [what: string, found: RegExp, faulty: Dynamics][] = [
  [
    'an observation outside the space',
    /outside -1 … 1/,
    { ...pendulum, observe: (states, from, to, out) => out.fill(states[0]![0]! * 0 + 2, 3 * from, 3 * to) },
  ],
  [
    'an observation of NaN',
    /element 0 of the observation is NaN/,
    { ...pendulum, observe: (_states, from, to, out) => out.fill(Number.NaN, 3 * from, 3 * to) },
  ],
  [
    'rows of others overwritten',
    /observing environment 1 of 3/,
    { ...pendulum, observe: (_states, _from, _to, out) => out.fill(0) },
  ],
  [
    'a reward that is not finite',
    /reward is (NaN|Infinity)|rewards at/,
    {
      ...pendulum,
      step: (states, actions, rewards, terminated, random) => {
        pendulum.step(states, actions, rewards, terminated, random);
        rewards[0] = Number.POSITIVE_INFINITY;
      },
    },
  ],
  [
    'random numbers drawn without saying so',
    /not `stochastic`|is not refused|Cannot read/,
    { ...lake, stochastic: false },
  ],
  [
    'a memory outside the state',
    /expected|gives|differs/,
    {
      ...pendulum,
      step: (states, actions, rewards, terminated, random) => {
        pendulum.step(states, actions, rewards, terminated, random);
        rewards[0] = rewards[0]! - remembered++;
      },
    },
  ],
  [
    'ends left as they were',
    /leaves ends at/,
    {
      ...pendulum,
      step: (states, actions, rewards, _terminated, random) =>
        pendulum.step(states, actions, rewards, new Uint8Array(rewards.length), random),
    },
  ],
  ['a component of the state that reset forgets', /reset leaves component 2/, { ...pendulum, stateSize: 3 }],
  ['a limit that is none', /maxEpisodeSteps is a positive integer/, { ...pendulum, maxEpisodeSteps: 0 }],
  [
    'actions changed in place',
    /the actions after a step/,
    {
      ...pendulum,
      step: (states, actions, rewards, terminated, random) => {
        actions.fill(0);
        pendulum.step(states, actions, rewards, terminated, random);
      },
    },
  ],
  [
    'a picture that is not finite',
    /a shape that is not finite/,
    {
      ...pendulum,
      draw: () => ({
        width: 1,
        height: 1,
        shapes: [{ kind: 'circle', x: Number.NaN, y: 0, radius: 1, ink: 'line' }],
      }),
    },
  ],
];

for (const [what, found, faulty] of faults)
  test(`${what} is found`, () => {
    const all = problems(faulty);
    assert.ok(
      all.some(({ problem }) => found.test(problem!)),
      JSON.stringify(all, null, 1),
    );
  });
