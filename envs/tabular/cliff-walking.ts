import { z } from 'zod';
import { section } from '../../src/core/section';
import { registration } from '../registration';
import { drawBoard } from './board';
import { type Outcome, type TabularDynamics, tabular } from './tabular';

const ROWS = 4;
const COLUMNS = 12;
const START = 36;
const GOAL = 47;

/** Up, right, down, left, as Gymnasium numbers them. */
const MOVES = [
  [-1, 0],
  [0, 1],
  [1, 0],
  [0, -1],
] as const;

const isCliff = (state: number) => state > START && state < GOAL;

/**
 * A walk along a cliff; Sutton and Barto, example 6.6. Reward −1 a step, −100 for a fall, which leads back to the start.
 * Actions: up, right, down, left; on slippery ground the move is the one meant or one at right angles to it, with
 * probability 1/3 each. State: row · 12 + column. Upstream has no time limit; here it is 1000 steps, so that a policy
 * that never arrives can be evaluated.
 */
function cliffWalking({ id, slippery }: { id: string; slippery: boolean }): TabularDynamics {
  const moved = (state: number, move: number, probability: number): Outcome => {
    const [down, right] = MOVES[(move + 4) % 4]!;
    const row = Math.min(Math.max(Math.floor(state / COLUMNS) + down, 0), ROWS - 1);
    const column = Math.min(Math.max((state % COLUMNS) + right, 0), COLUMNS - 1);
    const next = row * COLUMNS + column;
    if (isCliff(next)) return { probability, next: START, reward: -100, terminated: false };
    return { probability, next, reward: -1, terminated: next === GOAL };
  };
  return tabular({
    id,
    description: describe(slippery),
    states: ROWS * COLUMNS,
    actions: ['up', 'right', 'down', 'left'],
    maxEpisodeSteps: 1000,
    start: (state) => (state === START ? 1 : 0),
    outcomes: (state, action) =>
      slippery ? [action - 1, action, action + 1].map((move) => moved(state, move, 1 / 3)) : [moved(state, action, 1)],
    draw: (state) =>
      drawBoard(
        ROWS,
        COLUMNS,
        (row, column) => {
          const at = row * COLUMNS + column;
          return isCliff(at) ? 'bad' : at === GOAL ? 'good' : 'ground';
        },
        [Math.floor(state / COLUMNS), state % COLUMNS],
      ),
  });
}

const describe = (slippery: boolean) =>
  `walk along a cliff${slippery ? ' on slippery ground' : ''}; 48 states, 4 actions`;

const cliff = (name: string, byDefault: boolean) =>
  registration({
    id: name,
    description: describe(byDefault),
    options: section({ slippery: z.boolean().default(byDefault) }),
    build: ({ slippery }, id) => cliffWalking({ id, slippery }),
  });

export const cliffWalkings = [cliff('CliffWalking-v1', false), cliff('CliffWalkingSlippery-v1', true)];
