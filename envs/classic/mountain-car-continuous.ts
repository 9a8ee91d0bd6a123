import type { Dynamics } from '../dynamics';
import { registration } from '../registration';
import { Box } from '../spaces';
import { carOptions, drawCar, GRAVITY, MAX_POSITION, MAX_SPEED, MIN_POSITION } from './mountain-car-hill';
import { BOUNDS, startBounds } from './start';

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
  observationSpace: new Box({ low: [MIN_POSITION, -MAX_SPEED], high: [MAX_POSITION, MAX_SPEED] }),
  actionSpace: new Box({ low: -1, high: 1, shape: [1] }),
  actionNames: ['force'],
  stateSize: 2,
  maxEpisodeSteps: 999,
  rewardThreshold: 90,
  resetParameters: BOUNDS,

  reset(states, i, random, parameters) {
    const [low, high] = startBounds(id, parameters, -0.6, -0.4);
    states[0]![i] = random.uniform(low, high);
    states[1]![i] = 0;
  },

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

  observe(states, from, to, out) {
    for (let i = from; i < to; i++) {
      out[2 * i] = states[0]![i]!;
      out[2 * i + 1] = states[1]![i]!;
    }
  },

  draw: (state) => drawCar(state[0]!, GOAL),
});

export const mountainCarContinuous = registration({
  id: 'MountainCarContinuous-v0',
  description: 'rock a weak car up a hill with little force; 2 observations, 1 continuous action, solved at 90',
  options: carOptions,
  build: ({ goalVelocity }, id) => mountainCarOf(goalVelocity, id),
});
