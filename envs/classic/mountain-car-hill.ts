import { z } from 'zod';
import { section } from '../../src/core/section';
import type { Dynamics } from '../dynamics';
import type { Drawing, Shape } from '../render/drawing';
import { Box } from '../spaces';
import { BOUNDS, startBounds } from './start';

export const MIN_POSITION = -1.2;
export const MAX_POSITION = 0.6;
export const MAX_SPEED = 0.07;
export const GRAVITY = 0.0025;

export const carOptions = section({
  goalVelocity: z.number().default(0).describe('least velocity with which the goal counts as reached'),
});

/** Height of the road at a position, as Gymnasium draws it. */
const heightOf = (position: number) => Math.sin(3 * position) * 0.45 + 0.55;

/** The car on its hill, with a flag at the goal. */
function drawCar(position: number, goal: number): Drawing {
  const width = MAX_POSITION - MIN_POSITION;
  const at = (x: number): [number, number] => [x - MIN_POSITION, 1.25 - heightOf(x)];
  const road = Array.from({ length: 61 }, (_, k) => at(MIN_POSITION + (width * k) / 60));
  const [goalX, goalY] = at(goal);
  const [x, y] = at(position);
  const shapes: Shape[] = [
    { kind: 'line', points: road, width: 0.015, ink: 'line' },
    {
      kind: 'line',
      points: [
        [goalX, goalY],
        [goalX, goalY - 0.2],
      ],
      width: 0.012,
      ink: 'line',
    },
    { kind: 'rectangle', x: goalX, y: goalY - 0.2, width: 0.09, height: 0.06, ink: 'good' },
    { kind: 'circle', x, y: y - 0.05, radius: 0.05, ink: 'accent' },
  ];
  return { width, height: 1.3, shapes };
}

/** What both cars share: position and velocity as state and observation, where they start, how they are drawn. */
export function onHill(
  id: string,
  goal: number,
): Pick<Dynamics, 'observationSpace' | 'stateSize' | 'resetParameters' | 'reset' | 'observe' | 'draw'> {
  return {
    observationSpace: new Box({ low: [MIN_POSITION, -MAX_SPEED], high: [MAX_POSITION, MAX_SPEED] }),
    stateSize: 2,
    resetParameters: BOUNDS,

    reset(states, i, random, parameters) {
      const [low, high] = startBounds(id, parameters, -0.6, -0.4);
      states[0]![i] = random.uniform(low, high);
      states[1]![i] = 0;
    },

    observe(states, from, to, out) {
      for (let i = from; i < to; i++) {
        out[2 * i] = states[0]![i]!;
        out[2 * i + 1] = states[1]![i]!;
      }
    },

    draw: (state) => drawCar(state[0]!, goal),
  };
}
