import type { Shape } from '../render/drawing';
import { drawBoard } from './board';
import { type Outcome, type TabularDynamics, tabular } from './tabular';

const SIZE = 5;
const ACTIONS = 6;
/** Where passengers wait and go: red, green, yellow, blue, as [row, column]. */
const STANDS = [
  [0, 0],
  [0, 4],
  [4, 0],
  [4, 3],
] as const;
const STAND_INKS = ['#d1495b', '#4f9d69', '#e0b340', '#3d7ea6'] as const;
const RIDING = STANDS.length;

/** Walls to the right of these cells, [row, column]. */
const WALLS = [
  [0, 1],
  [1, 1],
  [3, 0],
  [4, 0],
  [3, 2],
  [4, 2],
] as const;

interface Situation {
  readonly row: number;
  readonly column: number;
  /** The passenger's stand, or RIDING. */
  readonly passenger: number;
  readonly destination: number;
}

const encode = ({ row, column, passenger, destination }: Situation) =>
  ((row * SIZE + column) * (RIDING + 1) + passenger) * STANDS.length + destination;

function decode(state: number): Situation {
  const at = Math.floor(state / (STANDS.length * (RIDING + 1)));
  return {
    row: Math.floor(at / SIZE),
    column: at % SIZE,
    passenger: Math.floor(state / STANDS.length) % (RIDING + 1),
    destination: state % STANDS.length,
  };
}

const isWalled = (row: number, column: number) => WALLS.some(([r, c]) => r === row && c === column);
const standAt = (row: number, column: number) => STANDS.findIndex(([r, c]) => r === row && c === column);

function outcome(state: number, action: number): Outcome {
  const now = decode(state);
  const { row, column, passenger, destination } = now;
  const to = (change: Partial<Situation>, reward = -1, terminated = false): Outcome => ({
    probability: 1,
    next: encode({ ...now, ...change }),
    reward,
    terminated,
  });
  const stand = standAt(row, column);
  switch (action) {
    case 0:
      return to({ row: Math.min(row + 1, SIZE - 1) });
    case 1:
      return to({ row: Math.max(row - 1, 0) });
    case 2:
      return to({ column: column === SIZE - 1 || isWalled(row, column) ? column : column + 1 });
    case 3:
      return to({ column: column === 0 || isWalled(row, column - 1) ? column : column - 1 });
    case 4:
      return passenger !== RIDING && passenger === stand ? to({ passenger: RIDING }) : to({}, -10);
    default:
      if (passenger !== RIDING || stand < 0) return to({}, -10);
      return stand === destination ? to({ passenger: stand }, 20, true) : to({ passenger: stand });
  }
}

/**
 * A taxi fetches a passenger from one of four stands and takes him to another; Dietterich, "Hierarchical reinforcement
 * learning with the MAXQ value function decomposition", 2000. Actions: down, up, right, left, pick up, drop off.
 * Reward −1 a step, 20 for the right delivery, which ends the episode, −10 for picking up or dropping off in vain.
 * State: ((row · 5 + column) · 5 + passenger) · 4 + destination. Gymnasium's rain and fickle passenger are not offered.
 */
export const taxi: TabularDynamics = tabular({
  id: 'Taxi-v4',
  description: 'fetch a passenger and deliver him; 500 states, 6 actions, solved at 8',
  states: SIZE * SIZE * (RIDING + 1) * STANDS.length,
  actions: ['down', 'up', 'right', 'left', 'pick up', 'drop off'],
  maxEpisodeSteps: 200,
  rewardThreshold: 8,
  start: (state) => {
    const { passenger, destination } = decode(state);
    return passenger !== RIDING && passenger !== destination ? 1 : 0;
  },
  outcomes: (state, action) => [outcome(state, action)],
  info: (state) => ({
    action_mask: Array.from({ length: ACTIONS }, (_, action) => {
      const { next, reward } = outcome(state, action);
      return action < 4 ? Number(next !== state) : Number(reward !== -10);
    }),
  }),
  draw: (state) => {
    const { row, column, passenger, destination } = decode(state);
    const walls: Shape[] = WALLS.map(([r, c]) => ({
      kind: 'line',
      points: [
        [c + 1, r],
        [c + 1, r + 1],
      ],
      width: 0.08,
      ink: 'line',
    }));
    const [goalRow, goalColumn] = STANDS[destination]!;
    const [fromRow, fromColumn] = passenger === RIDING ? [row, column] : STANDS[passenger]!;
    return drawBoard(
      SIZE,
      SIZE,
      (r, c) => STAND_INKS[standAt(r, c)] ?? 'ground',
      [row, column],
      [
        ...walls,
        { kind: 'text', x: goalColumn + 0.5, y: goalRow + 0.9, size: 0.25, text: 'goal', ink: 'line' },
        { kind: 'circle', x: fromColumn + 0.8, y: fromRow + 0.22, radius: 0.14, ink: 'good' },
      ],
    );
  },
});
