import type { Dynamics } from '../dynamics';
import type { Drawing } from '../render/drawing';
import { Box, Discrete } from '../spaces';
import { BOUNDS, startBounds } from './start';

const GRAVITY = 9.8;
const SECONDS_PER_STEP = 0.2;
const MAX_SPIN_1 = 4 * Math.PI;
const MAX_SPIN_2 = 9 * Math.PI;

/** Of each link: 1 kg, 1 m, its centre in the middle, moment of inertia 1 kg·m². */
const MASS = 1;
const LENGTH = 1;
const CENTRE = 0.5;
const INERTIA = 1;

/** Time derivatives at the four stages of a Runge–Kutta step, one row of four components each. */
const slopes = new Float64Array(16);

/**
 * Two hanging links, torque −1, 0 or 1 N·m (actions 0, 1, 2) on the joint between them; Sutton, "Generalization in
 * reinforcement learning", 1996, with the equations of Sutton and Barto's book, Gymnasium's constants and one
 * Runge–Kutta step of 0.2 s. State: θ1, θ2 [rad], θ̇1, θ̇2 [rad/s]; θ1 = 0 hangs down, θ2 is relative to the first link.
 * Observation: cos θ1, sin θ1, cos θ2, sin θ2, θ̇1, θ̇2. Reward −1 a step, 0 for the one that ends with the tip more than
 * a link's length above the pivot. Truncated at 500 steps.
 */
export const acrobot: Dynamics = {
  id: 'Acrobot-v1',
  description: 'swing the tip of two links above a line; 6 observations, 3 actions, solved at −100',
  observationSpace: new Box({
    low: [-1, -1, -1, -1, -MAX_SPIN_1, -MAX_SPIN_2],
    high: [1, 1, 1, 1, MAX_SPIN_1, MAX_SPIN_2],
  }),
  actionSpace: new Discrete(3),
  actionNames: ['−1 N·m', 'none', '+1 N·m'],
  stateSize: 4,
  maxEpisodeSteps: 500,
  rewardThreshold: -100,
  resetParameters: BOUNDS,

  reset(states, i, random, parameters) {
    const [low, high] = startBounds('Acrobot-v1', parameters, -0.1, 0.1);
    // Upstream rounds the first state to float32.
    for (const component of states) component[i] = Math.fround(random.uniform(low, high));
  },

  step(states, actions, rewards, terminated) {
    const [theta1, theta2, spin1, spin2] = states as [Float64Array, Float64Array, Float64Array, Float64Array];
    for (let i = 0; i < rewards.length; i++) {
      const torque = actions[i]! - 1;
      const a = theta1[i]!;
      const b = theta2[i]!;
      const c = spin1[i]!;
      const d = spin2[i]!;
      const half = SECONDS_PER_STEP / 2;
      slope(0, a, b, c, d, torque);
      slope(4, a + half * slopes[0]!, b + half * slopes[1]!, c + half * slopes[2]!, d + half * slopes[3]!, torque);
      slope(8, a + half * slopes[4]!, b + half * slopes[5]!, c + half * slopes[6]!, d + half * slopes[7]!, torque);
      const whole = SECONDS_PER_STEP;
      slope(
        12,
        a + whole * slopes[8]!,
        b + whole * slopes[9]!,
        c + whole * slopes[10]!,
        d + whole * slopes[11]!,
        torque,
      );
      const angle1 = wrapped(a + meanSlope(0));
      const angle2 = wrapped(b + meanSlope(1));
      theta1[i] = angle1;
      theta2[i] = angle2;
      spin1[i] = bounded(c + meanSlope(2), MAX_SPIN_1);
      spin2[i] = bounded(d + meanSlope(3), MAX_SPIN_2);
      const reached = -Math.cos(angle1) - Math.cos(angle2 + angle1) > 1;
      terminated[i] = reached ? 1 : 0;
      rewards[i] = reached ? 0 : -1;
    }
  },

  observe(states, from, to, out) {
    const [theta1, theta2, spin1, spin2] = states as [Float64Array, Float64Array, Float64Array, Float64Array];
    for (let i = from; i < to; i++) {
      out[6 * i] = Math.cos(theta1[i]!);
      out[6 * i + 1] = Math.sin(theta1[i]!);
      out[6 * i + 2] = Math.cos(theta2[i]!);
      out[6 * i + 3] = Math.sin(theta2[i]!);
      out[6 * i + 4] = spin1[i]!;
      out[6 * i + 5] = spin2[i]!;
    }
  },

  draw,
};

/** Writes the derivatives of (θ1, θ2, θ̇1, θ̇2) to slopes[at … at + 3]; the order of operations is Gymnasium's. */
function slope(at: number, theta1: number, theta2: number, spin1: number, spin2: number, torque: number): void {
  const cos2 = Math.cos(theta2);
  const sin2 = Math.sin(theta2);
  const d1 = MASS * CENTRE ** 2 + MASS * (LENGTH ** 2 + CENTRE ** 2 + 2 * LENGTH * CENTRE * cos2) + INERTIA + INERTIA;
  const d2 = MASS * (CENTRE ** 2 + LENGTH * CENTRE * cos2) + INERTIA;
  const phi2 = MASS * CENTRE * GRAVITY * Math.cos(theta1 + theta2 - Math.PI / 2);
  const phi1 =
    -MASS * LENGTH * CENTRE * (spin2 * spin2) * sin2 -
    2 * MASS * LENGTH * CENTRE * spin2 * spin1 * sin2 +
    (MASS * CENTRE + MASS * LENGTH) * GRAVITY * Math.cos(theta1 - Math.PI / 2) +
    phi2;
  const acceleration2 =
    (torque + (d2 / d1) * phi1 - MASS * LENGTH * CENTRE * (spin1 * spin1) * sin2 - phi2) /
    (MASS * CENTRE ** 2 + INERTIA - (d2 * d2) / d1);
  slopes[at] = spin1;
  slopes[at + 1] = spin2;
  slopes[at + 2] = -(d2 * acceleration2 + phi1) / d1;
  slopes[at + 3] = acceleration2;
}

/** What a step adds to a component. */
function meanSlope(k: number): number {
  return (SECONDS_PER_STEP / 6) * (slopes[k]! + 2 * slopes[4 + k]! + 2 * slopes[8 + k]! + slopes[12 + k]!);
}

/** Within −π … π by whole turns. */
function wrapped(angle: number): number {
  while (angle > Math.PI) angle -= 2 * Math.PI;
  while (angle < -Math.PI) angle += 2 * Math.PI;
  return angle;
}

function bounded(value: number, limit: number): number {
  return Math.min(Math.max(value, -limit), limit);
}

function draw(state: ArrayLike<number>): Drawing {
  const pivot: [number, number] = [2.2, 2.2];
  const joint: [number, number] = [pivot[0] + Math.sin(state[0]!), pivot[1] + Math.cos(state[0]!)];
  const angle = state[0]! + state[1]!;
  const tip: [number, number] = [joint[0] + Math.sin(angle), joint[1] + Math.cos(angle)];
  return {
    width: 4.4,
    height: 4.4,
    shapes: [
      {
        kind: 'line',
        points: [
          [0, 1.2],
          [4.4, 1.2],
        ],
        width: 0.03,
        ink: 'muted',
      },
      { kind: 'line', points: [pivot, joint], width: 0.16, ink: 'body' },
      { kind: 'line', points: [joint, tip], width: 0.16, ink: 'accent' },
      { kind: 'circle', x: pivot[0], y: pivot[1], radius: 0.1, ink: 'line' },
      { kind: 'circle', x: joint[0], y: joint[1], radius: 0.1, ink: 'line' },
    ],
  };
}
