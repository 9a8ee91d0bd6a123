import { z } from 'zod';
import { section } from '../../src/core/section';
import type { Dynamics } from '../dynamics';
import { registration } from '../registration';
import type { Drawing } from '../render/drawing';
import { Box } from '../spaces';
import { accelerations, LENGTH } from './arm';

const SECONDS_PER_STEP = 0.04;
const SUBSTEPS = 4;
const REACH = 2 * LENGTH;
/** Targets lie within this part of the reach, uniformly over the area. */
const TARGETS = 0.9;

const acceleration = new Float64Array(2);

/**
 * An arm of two links in the horizontal plane is to bring its tip to a target; kdlab's own dynamics in the manner of
 * MuJoCo's Reacher, whose scores it does not share. Actions: torques of −1 … 1 N·m at shoulder and elbow. State: q1, q2
 * [rad], q̇1, q̇2 [rad/s], target x, y [m]. Observation: cos q1, cos q2, sin q1, sin q2, target x, y, q̇1, q̇2, tip − target
 * x, y. Reward −distance − effort·|torques|² after the step. Four semi-implicit Euler steps of 0.01 s each. Never
 * ends; truncated at 100 steps.
 */
const reacherOf = (effort: number, id: string): Dynamics => ({
  id,
  description: reacher.description,
  observationSpace: new Box({
    low: [-1, -1, -1, -1, -1, -1, -Infinity, -Infinity, -2, -2],
    high: [1, 1, 1, 1, 1, 1, Infinity, Infinity, 2, 2],
  }),
  actionSpace: new Box({ low: -1, high: 1, shape: [2] }),
  actionNames: ['shoulder', 'elbow'],
  stateSize: 6,
  maxEpisodeSteps: 100,

  reset(states, i, random) {
    states[0]![i] = random.uniform(-Math.PI, Math.PI);
    states[1]![i] = random.uniform(-Math.PI / 2, Math.PI / 2);
    states[2]![i] = 0;
    states[3]![i] = 0;
    const radius = TARGETS * REACH * Math.sqrt(random.uniform());
    const angle = random.uniform(-Math.PI, Math.PI);
    states[4]![i] = radius * Math.cos(angle);
    states[5]![i] = radius * Math.sin(angle);
  },

  step(states, actions, rewards, terminated) {
    const [angles1, angles2, speeds1, speeds2, xs, ys] = states as readonly [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const h = SECONDS_PER_STEP / SUBSTEPS;
    for (let i = 0; i < rewards.length; i++) {
      const torque1 = actions[2 * i]!;
      const torque2 = actions[2 * i + 1]!;
      let [q1, q2, w1, w2] = [angles1[i]!, angles2[i]!, speeds1[i]!, speeds2[i]!];
      for (let substep = 0; substep < SUBSTEPS; substep++) {
        accelerations(q2, w1, w2, torque1, torque2, acceleration);
        w1 += h * acceleration[0]!;
        w2 += h * acceleration[1]!;
        q1 += h * w1;
        q2 += h * w2;
      }
      angles1[i] = q1;
      angles2[i] = q2;
      speeds1[i] = w1;
      speeds2[i] = w2;
      const x = LENGTH * (Math.cos(q1) + Math.cos(q1 + q2)) - xs[i]!;
      const y = LENGTH * (Math.sin(q1) + Math.sin(q1 + q2)) - ys[i]!;
      rewards[i] = -Math.sqrt(x * x + y * y) - effort * (torque1 * torque1 + torque2 * torque2);
      terminated[i] = 0;
    }
  },

  observe(states, from, to, out) {
    for (let i = from; i < to; i++) {
      const q1 = states[0]![i]!;
      const q2 = states[1]![i]!;
      const x = states[4]![i]!;
      const y = states[5]![i]!;
      const at = 10 * i;
      out[at] = Math.cos(q1);
      out[at + 1] = Math.cos(q2);
      out[at + 2] = Math.sin(q1);
      out[at + 3] = Math.sin(q2);
      out[at + 4] = x;
      out[at + 5] = y;
      out[at + 6] = states[2]![i]!;
      out[at + 7] = states[3]![i]!;
      out[at + 8] = LENGTH * (Math.cos(q1) + Math.cos(q1 + q2)) - x;
      out[at + 9] = LENGTH * (Math.sin(q1) + Math.sin(q1 + q2)) - y;
    }
  },

  draw,
});

export const reacher = registration({
  id: 'TwoLinkReacher-v0',
  description: 'bring the tip of a two-link arm to a target; 10 observations, 2 continuous actions',
  options: section({ effort: z.number().min(0).default(0.1).describe('cost of the squared torques') }),
  build: ({ effort }, id) => reacherOf(effort, id),
});

function draw(state: ArrayLike<number>): Drawing {
  const [q1, q2, x, y] = [state[0]!, state[1]!, state[4]!, state[5]!];
  const middle = 1.15;
  const at = (px: number, py: number): [number, number] => [middle + px, middle - py];
  const elbow = at(LENGTH * Math.cos(q1), LENGTH * Math.sin(q1));
  const tip = at(LENGTH * (Math.cos(q1) + Math.cos(q1 + q2)), LENGTH * (Math.sin(q1) + Math.sin(q1 + q2)));
  const target = at(x, y);
  return {
    width: 2 * middle,
    height: 2 * middle,
    shapes: [
      { kind: 'circle', x: middle, y: middle, radius: REACH, ink: 'ground' },
      { kind: 'circle', x: target[0], y: target[1], radius: 0.06, ink: 'good' },
      { kind: 'line', points: [at(0, 0), elbow], width: 0.08, ink: 'body' },
      { kind: 'line', points: [elbow, tip], width: 0.08, ink: 'accent' },
      { kind: 'circle', x: middle, y: middle, radius: 0.05, ink: 'line' },
      { kind: 'circle', x: elbow[0], y: elbow[1], radius: 0.04, ink: 'line' },
    ],
  };
}
