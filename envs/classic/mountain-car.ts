import type { Dynamics } from '../dynamics';
import { registration } from '../registration';
import { Discrete } from '../spaces';
import { carOptions, GRAVITY, MAX_POSITION, MAX_SPEED, MIN_POSITION, onHill } from './mountain-car-hill';

const FORCE = 0.001;
const GOAL = 0.5;

/**
 * A car too weak for its hill, pushed left, not at all or right (0, 1, 2); Moore, "Efficient memory-based learning for
 * robot control", 1990, with Gymnasium's constants. State and observation: position, velocity a step. Reward −1 a step.
 * Ends at position 0.5, where it is as fast as `goalVelocity`; truncated at 200 steps.
 */
const mountainCarOf = (goalVelocity: number, id: string): Dynamics => ({
  id,
  description: mountainCar.description,
  ...onHill(id, GOAL),
  actionSpace: new Discrete(3),
  actionNames: ['left', 'none', 'right'],
  maxEpisodeSteps: 200,
  rewardThreshold: -110,

  step(states, actions, rewards, terminated) {
    const positions = states[0]!;
    const velocities = states[1]!;
    for (let i = 0; i < rewards.length; i++) {
      const pull = (actions[i]! - 1) * FORCE + Math.cos(3 * positions[i]!) * -GRAVITY;
      const velocity = Math.min(Math.max(velocities[i]! + pull, -MAX_SPEED), MAX_SPEED);
      const position = Math.min(Math.max(positions[i]! + velocity, MIN_POSITION), MAX_POSITION);
      const stopped = position === MIN_POSITION && velocity < 0;
      positions[i] = position;
      velocities[i] = stopped ? 0 : velocity;
      terminated[i] = position >= GOAL && velocity >= goalVelocity ? 1 : 0;
      rewards[i] = -1;
    }
  },
});

export const mountainCar = registration({
  id: 'MountainCar-v0',
  description: 'rock a weak car up a hill; 2 observations, 3 actions, solved at −110',
  options: carOptions,
  build: ({ goalVelocity }, id) => mountainCarOf(goalVelocity, id),
});
