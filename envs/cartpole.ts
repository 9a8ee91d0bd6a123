import { z } from 'zod';
import { section } from '../src/core/section';
import type { Dynamics } from './dynamics';
import { steppingCartpoles } from './kernels/cartpole';
import { registration } from './registration';
import type { Drawing } from './render/drawing';
import { Box, Discrete } from './spaces';
import { sinCos } from './trigonometry';
import { changed } from './wrapper';

const GRAVITY = 9.8;
const TOTAL_MASS = 0.1 + 1.0;
const POLE_MASS = 0.1;
/** Half the pole's length. */
const LENGTH = 0.5;
const POLE_MASS_LENGTH = POLE_MASS * LENGTH;
const FORCE = 10.0;
const SECONDS_PER_STEP = 0.02;
const X_LIMIT = 2.4;
const THETA_LIMIT = (12 * 2 * Math.PI) / 360;

/** Where a step has its sines and cosines written; as long as the largest vector stepped yet. */
let sines = new Float64Array(1);
let cosines = new Float64Array(1);

/**
 * A pole on a cart pushed left (0) or right (1); Barto, Sutton, Anderson, "Neuronlike adaptive elements that can
 * solve difficult learning control problems", 1983, with the frictionless equations corrected by Florian, 2007, and
 * Gymnasium's constants and explicit Euler steps of 0.02 s. State and observation: x [m], ẋ [m/s], θ [rad], θ̇ [rad/s].
 * Reward 1 a step, the last included. Ends beyond |x| = 2.4 m or |θ| = 12°; v1 is truncated at 500 steps.
 */
export const cartpole: Dynamics = {
  id: 'CartPole-v1',
  description: 'balance a pole on a cart by pushing left or right; 4 observations, 2 actions, solved at 475 of 500',
  observationSpace: new Box({
    low: [-2 * X_LIMIT, -Infinity, -2 * THETA_LIMIT, -Infinity],
    high: [2 * X_LIMIT, Infinity, 2 * THETA_LIMIT, Infinity],
  }),
  actionSpace: new Discrete(2),
  actionNames: ['left', 'right'],
  stateSize: 4,
  maxEpisodeSteps: 500,
  rewardThreshold: 475,

  reset(states, i, stream) {
    for (const component of states) component[i] = stream.uniform(-0.05, 0.05);
  },

  step(states, actions, rewards, terminated) {
    const x = states[0]!;
    const xDot = states[1]!;
    const theta = states[2]!;
    const thetaDot = states[3]!;
    const n = actions.length;
    if (sines.length < n) {
      sines = new Float64Array(n);
      cosines = new Float64Array(n);
    }
    sinCos(theta, sines, cosines);
    for (let i = 0; i < n; i++) {
      const angle = theta[i]!;
      const spin = thetaDot[i]!;
      const speed = xDot[i]!;
      const sin = sines[i]!;
      const cos = cosines[i]!;
      // The order of operations is Gymnasium's: an unstable system turns any other rounding into another trajectory.
      const push = ((2 * actions[i]! - 1) * FORCE + POLE_MASS_LENGTH * (spin * spin) * sin) / TOTAL_MASS;
      const spinRate = (GRAVITY * sin - cos * push) / (LENGTH * (4.0 / 3.0 - (POLE_MASS * (cos * cos)) / TOTAL_MASS));
      const acceleration = push - (POLE_MASS_LENGTH * spinRate * cos) / TOTAL_MASS;
      const nextX = x[i]! + SECONDS_PER_STEP * speed;
      const nextTheta = angle + SECONDS_PER_STEP * spin;
      x[i] = nextX;
      xDot[i] = speed + SECONDS_PER_STEP * acceleration;
      theta[i] = nextTheta;
      thetaDot[i] = spin + SECONDS_PER_STEP * spinRate;
      rewards[i] = 1;
      // Written so that a state that is not a number ends the episode too.
      terminated[i] = Math.abs(nextX) <= X_LIMIT && Math.abs(nextTheta) <= THETA_LIMIT ? 0 : 1;
    }
  },

  observe(states, from, to, out) {
    const x = states[0]!;
    const xDot = states[1]!;
    const theta = states[2]!;
    const thetaDot = states[3]!;
    for (let i = from; i < to; i++) {
      out[4 * i] = x[i]!;
      out[4 * i + 1] = xDot[i]!;
      out[4 * i + 2] = theta[i]!;
      out[4 * i + 3] = thetaDot[i]!;
    }
  },

  draw,

  stepping: steppingCartpoles,
};

export const cartpoleRegistration = registration({
  id: cartpole.id,
  description: cartpole.description,
  options: section({
    suttonBartoReward: z.boolean().default(false).describe('0 a step and −1 for the fall, instead of 1 a step'),
  }),
  build: ({ suttonBartoReward }, id) => {
    if (!suttonBartoReward) return { ...cartpole, id };
    const { rewardThreshold: _threshold, ...rest } = cartpole;
    return changed({ ...rest, id }, () => ({
      step: (states, actions, rewards, terminated, random) => {
        cartpole.step(states, actions, rewards, terminated, random);
        for (let i = 0; i < rewards.length; i++) rewards[i] = terminated[i] === 1 ? -1 : 0;
      },
    }));
  },
});

function draw(state: ArrayLike<number>): Drawing {
  const [x, angle] = [state[0]!, state[2]!];
  const [width, ground] = [2 * X_LIMIT + 0.6, 1.75];
  const pivot: [number, number] = [x + width / 2, ground - 0.3];
  const tip: [number, number] = [pivot[0] + 2 * LENGTH * Math.sin(angle), pivot[1] - 2 * LENGTH * Math.cos(angle)];
  return {
    width,
    height: 2.2,
    shapes: [
      {
        kind: 'line',
        points: [
          [0, ground],
          [width, ground],
        ],
        width: 0.02,
        ink: 'line',
      },
      { kind: 'rectangle', x: pivot[0] - 0.25, y: ground - 0.3, width: 0.5, height: 0.3, ink: 'body' },
      { kind: 'line', points: [pivot, tip], width: 0.09, ink: 'accent' },
      { kind: 'circle', x: pivot[0], y: pivot[1], radius: 0.05, ink: 'line' },
    ],
  };
}
