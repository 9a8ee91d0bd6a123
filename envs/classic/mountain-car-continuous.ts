import type { Dynamics } from '../dynamics';
import { registration } from '../registration';
import { Box } from '../spaces';
import { carOptions, GRAVITY, MAX_POSITION, MAX_SPEED, MIN_POSITION, onHill } from './mountain-car-hill';

const POWER = 0.0015;
const GOAL = 0.45;

/**
 * The mountain car with a force of −1 … 1; Gymnasium's constants. State and observation: position, velocity a step,
 * rounded to float32 after every step as upstream stores them. Reward 100 at the goal less 0.1·action² a step, of the
 * action as given, not as clipped. Ends at position 0.45, where it is as fast as `goalVelocity`; truncated at 999 steps.
 */
const mountainCarOf = (goalVelocity: number, id: string): Dynamics => ({
  id,
  description: mountainCarContinuous.description,
  ...onHill(id, GOAL),
  actionSpace: new Box({ low: -1, high: 1, shape: [1] }),
  actionNames: ['force'],
  maxEpisodeSteps: 999,
  rewardThreshold: 90,

  step(states, actions, rewards, terminated) {
    const positions = states[0]!;
    const velocities = states[1]!;
    for (let i = 0; i < rewards.length; i++) {
      const action = actions[i]!;
      const force = Math.min(Math.max(action, -1), 1);
      const pushed = velocities[i]! + (force * POWER - GRAVITY * Math.cos(3 * positions[i]!));
      const velocity = Math.max(Math.min(pushed, MAX_SPEED), -MAX_SPEED);
      const position = Math.max(Math.min(positions[i]! + velocity, MAX_POSITION), MIN_POSITION);
      const stopped = position === MIN_POSITION && velocity < 0;
      const reached = position >= GOAL && velocity >= goalVelocity;
      positions[i] = Math.fround(position);
      velocities[i] = stopped ? 0 : Math.fround(velocity);
      terminated[i] = reached ? 1 : 0;
      rewards[i] = (reached ? 100 : 0) - action * action * 0.1;
    }
  },
});

export const mountainCarContinuous = registration({
  id: 'MountainCarContinuous-v0',
  description: 'rock a weak car up a hill with little force; 2 observations, 1 continuous action, solved at 90',
  options: carOptions,
  build: ({ goalVelocity }, id) => mountainCarOf(goalVelocity, id),
});
