import type { Stream } from '../../src/math/rng';
import type { Dynamics } from '../dynamics';
import type { Action, Environment, StepResult } from '../environment';
import type { Actions } from '../spaces';
import { expect } from './expect';

/** A member of the action space. */
export function sample({ actionSpace }: Pick<Dynamics, 'actionSpace'>, stream: Stream): Action {
  return actionSpace.sample(stream);
}

/** Actions for n environments. */
export function samples({ actionSpace }: Pick<Dynamics, 'actionSpace'>, n: number, stream: Stream): Actions {
  const out = actionSpace.array(n);
  for (let i = 0; i < n; i++) {
    const action = actionSpace.sample(stream);
    if (typeof action === 'number') out[i] = action;
    else out.set(action, i * actionSpace.size);
  }
  return out;
}

/** Acts at random for `count` steps in as many episodes as that takes, the first of them reset with `seed`. */
export function wander(
  env: Environment,
  { seed, count, stream }: { seed: number; count: number; stream: Stream },
  visit: (result: StepResult | ReturnType<Environment['reset']>) => void,
): void {
  visit(env.reset({ seed }));
  for (let t = 0; t < count; t++) {
    const result = env.step(env.actionSpace.sample(stream));
    visit(result);
    if (result.terminated || result.truncated) visit(env.reset());
  }
}

/** Throws Error where an observation is not one of the space, or an info cannot be written as JSON. */
export function expectObservation(
  env: Environment,
  { observation, info }: { observation: Float32Array; info: unknown },
  when: string,
): void {
  const { observationSpace } = env;
  expect(observation instanceof Float32Array, `${when}: the observation is no Float32Array`);
  expect(
    observation.length === observationSpace.size,
    `${when}: the observation has ${observation.length} elements, expected ${observationSpace.size} of ${observationSpace}`,
  );
  observation.forEach((value, k) => {
    const [low, high] = [observationSpace.low[k]!, observationSpace.high[k]!];
    expect(
      value >= low && value <= high,
      `${when}: element ${k} of the observation is ${value}, outside ${low} … ${high}`,
    );
  });
  const plain = typeof info === 'object' && info !== null && !Array.isArray(info);
  expect(
    plain && JSON.stringify(JSON.parse(JSON.stringify(info))) === JSON.stringify(info),
    `${when}: info is no JSON object`,
  );
}
