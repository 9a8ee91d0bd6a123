import type { Check } from './checks';
import { expect, expectRefusal } from './expect';

export const definition: Check = (dynamics, rng) => {
  const { id, description, observationSpace, actionSpace, numberedObservations } = dynamics;
  const { maxEpisodeSteps, rewardThreshold, stateSize } = dynamics;
  expect(/^\S/.test(id) && !id.includes('\n'), `the id is one line of text, found "${id}"`);
  expect(/^\S[^\n]*$/.test(description), `the description is one line of text, found "${description}"`);
  expect(observationSpace.kind === 'box', `networks see a Box, found ${observationSpace}`);
  expect(
    observationSpace.shape.length > 0 && observationSpace.shape.every((n) => Number.isInteger(n) && n > 0),
    `the observation's shape is positive integers, found [${observationSpace.shape}]`,
  );
  const equal = observationSpace.low.findIndex((low, k) => low === observationSpace.high[k]);
  expect(equal < 0, `element ${equal} of the observations has equal bounds: it can tell nothing`);
  if (numberedObservations !== undefined)
    expect(
      numberedObservations.n === observationSpace.size,
      `${numberedObservations} states, but one-hot vectors of ${observationSpace.size} elements`,
    );
  if (actionSpace.kind === 'box') {
    const infinite = [...actionSpace.low, ...actionSpace.high].find((bound) => !Number.isFinite(bound));
    expect(infinite === undefined, `continuous actions have finite bounds, found ${infinite} in ${actionSpace}`);
  }
  expect(
    maxEpisodeSteps === Number.POSITIVE_INFINITY || (Number.isInteger(maxEpisodeSteps) && maxEpisodeSteps > 0),
    `maxEpisodeSteps is a positive integer or Infinity, found ${maxEpisodeSteps}`,
  );
  expect(
    rewardThreshold === undefined || Number.isFinite(rewardThreshold),
    `rewardThreshold is a finite number, found ${rewardThreshold}`,
  );
  expect(Number.isInteger(stateSize) && stateSize > 0, `stateSize is a positive integer, found ${stateSize}`);
  const stream = rng.stream();
  for (let k = 0; k < 20; k++) {
    const action = actionSpace.sample(stream);
    const within = typeof action === 'number' ? actionSpace.kind === 'discrete' : actionSpace.kind !== 'discrete';
    expect(within, `${actionSpace} samples ${String(action)}`);
    expectMember(dynamics.actionSpace, action);
  }
  expectRefusal(() => {
    expectMember(actionSpace, actionSpace.kind === 'discrete' ? Number.NaN : new Float32Array(actionSpace.size + 1));
  }, 'by the action space: a wrong member');
};

function expectMember(space: Parameters<Check>[0]['actionSpace'], member: number | ArrayLike<number>): void {
  const inside = space.kind === 'discrete' ? space.contains(member as number) : space.contains(member as Float32Array);
  expect(inside, `${space} does not contain its own sample ${String(member)}`);
}
