import { z } from 'zod';
import { KdlabError } from '../../src/core/errors';
import { section } from '../../src/core/section';
import type { Dynamics } from '../dynamics';
import { registration } from '../registration';
import type { Drawing } from '../render/drawing';
import { Box } from '../spaces';

const MASS = 1;
const LENGTH = 1;
const SECONDS_PER_STEP = 0.05;
const MAX_TORQUE = 2;
const MAX_SPIN = 8;

/**
 * A pendulum to be swung up and held by a torque of −2 … 2 N·m; Gymnasium's equations of a rod, semi-implicit Euler
 * steps of 0.05 s. State: θ [rad], 0 upright and not wrapped, θ̇ [rad/s]. Observation: cos θ, sin θ, θ̇. Reward
 * −(θ² + 0.1·θ̇² + 0.001·torque²) of the state before the step, θ within −π … π. Never ends; truncated at 200 steps.
 */
const pendulumOf = (gravity: number, id: string): Dynamics => ({
  id,
  description: pendulum.description,
  observationSpace: new Box({ low: [-1, -1, -MAX_SPIN], high: [1, 1, MAX_SPIN] }),
  actionSpace: new Box({ low: -MAX_TORQUE, high: MAX_TORQUE, shape: [1] }),
  actionNames: ['torque'],
  stateSize: 2,
  maxEpisodeSteps: 200,
  resetParameters: ['x_init', 'y_init'],

  reset(states, i, random, parameters) {
    const angle = parameters?.x_init ?? Math.PI;
    const spin = parameters?.y_init ?? 1;
    if (!(Number.isFinite(angle) && Number.isFinite(spin) && angle >= 0 && spin >= 0))
      throw new KdlabError(`${id}: x_init and y_init are finite and >= 0, found ${angle} and ${spin}`);
    states[0]![i] = random.uniform(-angle, angle);
    states[1]![i] = random.uniform(-spin, spin);
  },

  step(states, actions, rewards, terminated) {
    const angles = states[0]!;
    const spins = states[1]!;
    for (let i = 0; i < rewards.length; i++) {
      const torque = Math.min(Math.max(actions[i]!, -MAX_TORQUE), MAX_TORQUE);
      const angle = angles[i]!;
      const spin = spins[i]!;
      const error = upright(angle);
      rewards[i] = -(error * error + 0.1 * (spin * spin) + 0.001 * (torque * torque));
      const acceleration = ((3 * gravity) / (2 * LENGTH)) * Math.sin(angle) + (3 / (MASS * LENGTH * LENGTH)) * torque;
      const nextSpin = Math.min(Math.max(spin + acceleration * SECONDS_PER_STEP, -MAX_SPIN), MAX_SPIN);
      spins[i] = nextSpin;
      angles[i] = angle + nextSpin * SECONDS_PER_STEP;
      terminated[i] = 0;
    }
  },

  observe(states, from, to, out) {
    for (let i = from; i < to; i++) {
      const angle = states[0]![i]!;
      out[3 * i] = Math.cos(angle);
      out[3 * i + 1] = Math.sin(angle);
      out[3 * i + 2] = states[1]![i]!;
    }
  },

  draw,
});

export const pendulum = registration({
  id: 'Pendulum-v1',
  description: 'swing a pendulum up and hold it; 3 observations, 1 continuous action, good at −200',
  options: section({ gravity: z.number().default(10).describe('m/s²') }),
  build: ({ gravity }, id) => pendulumOf(gravity, id),
});

/** The angle within −π … π. */
function upright(angle: number): number {
  const turn = 2 * Math.PI;
  const rest = (angle + Math.PI) % turn;
  return (rest < 0 ? rest + turn : rest) - Math.PI;
}

function draw(state: ArrayLike<number>): Drawing {
  const tip: [number, number] = [1.2 + Math.sin(state[0]!), 1.2 - Math.cos(state[0]!)];
  return {
    width: 2.4,
    height: 2.4,
    shapes: [
      { kind: 'line', points: [[1.2, 1.2], tip], width: 0.16, ink: 'accent' },
      { kind: 'circle', x: 1.2, y: 1.2, radius: 0.06, ink: 'line' },
    ],
  };
}
