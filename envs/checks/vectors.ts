import { decodeState, encodeState } from '../../src/core/snapshot';
import type { Rng, Stream } from '../../src/math/rng';
import type { Dynamics } from '../dynamics';
import { type Action, environmentOf } from '../environment';
import { VectorEnvironment } from '../vector';
import { samples } from './acting';
import type { Check } from './checks';
import { expect, expectSame } from './expect';

const N = 3;
const STEPS = 60;

const vectorOf = (dynamics: Dynamics, rng: Rng) =>
  new VectorEnvironment(dynamics, { environments: N, rng: rng.split('vector') });

const FIELDS = ['observations', 'rewards', 'terminated', 'truncated'] as const;

export const vectors: Check = (dynamics, rng) => {
  const { size: width } = dynamics.observationSpace;
  const { size } = dynamics.actionSpace;
  const vector = vectorOf(dynamics, rng);
  const singles = Array.from({ length: N }, (_, i) => {
    const env = environmentOf(dynamics);
    return { env, observation: env.reset({ rng: rng.split('vector').split('env', i) }).observation };
  });
  const stream = rng.split('actions').stream();
  for (let t = 0; t < STEPS; t++) {
    const actions = samples(dynamics, N, stream);
    vector.step(actions);
    singles.forEach((single, i) => {
      const where = `environment ${i}, step ${t}`;
      const own: Action =
        dynamics.actionSpace.kind === 'discrete' ? actions[i]! : actions.slice(i * size, (i + 1) * size);
      const { observation, reward, terminated, truncated } = single.env.step(own);
      expectSame([vector.rewards[i]!], [Math.fround(reward)], `${where}: reward`);
      expectSame(
        [vector.terminated[i]!, vector.truncated[i]!],
        [Number(terminated), Number(truncated)],
        `${where}: ends`,
      );
      single.observation = observation;
      if (terminated || truncated) {
        expectSame(
          vector.finalObservations.subarray(i * width, (i + 1) * width),
          observation,
          `${where}: last observation`,
        );
        single.observation = single.env.reset().observation;
      }
      expectSame(vector.observations.subarray(i * width, (i + 1) * width), single.observation, `${where}: observation`);
    });
  }
};

/** Steps both with the same actions and throws Error where they differ. */
function together(a: VectorEnvironment, b: VectorEnvironment, stream: Stream, steps: number): void {
  for (let t = 0; t < steps; t++) {
    const actions = samples(a.dynamics, N, stream);
    a.step(actions);
    b.step(actions);
    for (const field of FIELDS) expectSame(b[field], a[field], `${field} at step ${t}`);
  }
}

export const interleaving: Check = (dynamics, rng) => {
  const alone = vectorOf(dynamics, rng);
  const stream = rng.split('actions').stream();
  const given = Array.from({ length: STEPS }, () => samples(dynamics, N, stream));
  const expected = given.map((actions) => {
    alone.step(actions);
    return alone.observations.slice();
  });
  const disturbed = vectorOf(dynamics, rng);
  const other = new VectorEnvironment(dynamics, { environments: N + 2, rng: rng.split('other') });
  given.forEach((actions, t) => {
    other.step(samples(dynamics, N + 2, stream));
    disturbed.step(actions);
    expectSame(disturbed.observations, expected[t]!, `observations at step ${t} beside another vector`);
  });
};

export const resuming: Check = (dynamics, rng) => {
  const original = vectorOf(dynamics, rng);
  const stream = rng.split('actions').stream();
  for (let t = 0; t < 33; t++) original.step(samples(dynamics, N, stream));
  const saved = original.save();
  const copy = vectorOf(dynamics, rng);
  copy.load(decodeState(encodeState(saved)));
  expectSame(copy.observations, original.observations, 'observations after loading');
  together(original, copy, stream, STEPS);
  const [a, b] = [encodeState(original.save()), encodeState(copy.save())];
  expect(a.equals(b), 'what both save in the end differs');
};
