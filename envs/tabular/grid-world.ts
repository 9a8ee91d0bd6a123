import { z } from 'zod';
import { KdlabError } from '../../src/core/errors';
import { section } from '../../src/core/section';
import { registration } from '../registration';
import type { Ink } from '../render/drawing';
import { drawBoard } from './board';
import { type Outcome, type TabularDynamics, tabular } from './tabular';

/** Up, right, down, left. */
const MOVES = [
  [-1, 0],
  [0, 1],
  [1, 0],
  [0, -1],
] as const;

const INKS: Readonly<Record<string, Ink>> = { '.': 'ground', S: 'ground', G: 'good', X: 'bad', '#': 'line' };

const options = (map: readonly string[], slip: number) =>
  section({
    map: z
      .array(z.string())
      .min(1)
      .default([...map])
      .describe('rows of S (starts, equally likely), G (goals), X (traps), # (walls) and . (floor)'),
    slip: z
      .number()
      .min(0)
      .max(1)
      .default(slip)
      .describe('probability that a move goes at right angles to the one meant, half to either side'),
    stepReward: z.number().default(-0.01),
    goalReward: z.number().default(1),
    trapReward: z.number().default(-1),
  });

export interface GridWorld extends z.output<ReturnType<typeof options>> {
  readonly id: string;
  readonly description: string;
}

/**
 * A walk on a map; kdlab's own family. Goals and traps end the episode with their rewards, every other step has
 * `stepReward`. Actions: up, right, down, left; walls and edges leave the walker where it is. State: row · columns +
 * column. Truncated after four steps for each cell. Throws a KdlabError for a map of other signs, of rows of unequal length, without a start or a goal.
 */
function gridWorld({ id, description, map, slip, stepReward, goalReward, trapReward }: GridWorld): TabularDynamics {
  const rows = map.length;
  const columns = map[0]?.length ?? 0;
  const all = map.join('');
  if (all.length !== rows * columns || !/^[SGX#.]+$/.test(all) || !all.includes('S') || !all.includes('G'))
    throw new KdlabError(
      `${id}: a map is rows of equal length of S G X # . with an S and a G, found\n${map.join('\n')}`,
    );
  const cell = (state: number) => all[state]!;

  const moved = (state: number, move: number, probability: number): Outcome => {
    const [down, right] = MOVES[(move + 4) % 4]!;
    const row = Math.floor(state / columns) + down;
    const column = (state % columns) + right;
    const free = row >= 0 && row < rows && column >= 0 && column < columns && map[row]![column] !== '#';
    const next = free ? row * columns + column : state;
    if (cell(next) === 'G') return { probability, next, reward: goalReward, terminated: true };
    if (cell(next) === 'X') return { probability, next, reward: trapReward, terminated: true };
    return { probability, next, reward: stepReward, terminated: false };
  };

  return tabular({
    id,
    description,
    states: rows * columns,
    actions: ['up', 'right', 'down', 'left'],
    maxEpisodeSteps: 4 * rows * columns,
    start: (state) => (cell(state) === 'S' ? 1 : 0),
    outcomes: (state, action) => {
      if ('GX'.includes(cell(state))) return [{ probability: 1, next: state, reward: 0, terminated: true }];
      if (slip === 0) return [moved(state, action, 1)];
      return [moved(state, action - 1, slip / 2), moved(state, action, 1 - slip), moved(state, action + 1, slip / 2)];
    },
    draw: (state) =>
      drawBoard(rows, columns, (row, column) => INKS[map[row]![column]!], [
        Math.floor(state / columns),
        state % columns,
      ]),
  });
}

const FOUR_ROOMS = [
  '###########',
  '#....#....#',
  '#....#....#',
  '#.........#',
  '#....#....#',
  '##.###....#',
  '#....###.##',
  '#....#....#',
  '#....#....#',
  '#S.......G#',
  '###########',
];

const MAZE = ['S..#....', '.#.#.##.', '.#...#..', '.####.#.', '...#..#.', '.#.#.##.', '.#...#..', '.#.#...G'];

/** A square without walls: start in one corner, goal in the opposite one. */
const empty = (size: number) =>
  Array.from({ length: size }, (_, row) =>
    Array.from({ length: size }, (_, column) => {
      if (row === 0 && column === 0) return 'S';
      return row === size - 1 && column === size - 1 ? 'G' : '.';
    }).join(''),
  );

const world = (name: string, description: string, map: readonly string[], slip = 0) =>
  registration({
    id: name,
    description,
    options: options(map, slip),
    build: (given, id) => gridWorld({ ...given, id, description }),
  });

/** `FourRooms` is the house of Sutton, Precup, Singh, "Between MDPs and semi-MDPs", 1999. */
export const gridWorlds = [
  world('GridWorld-Empty-5x5-v0', 'cross an empty square; 25 states, 4 actions', empty(5)),
  world('GridWorld-Empty-8x8-v0', 'cross an empty square; 64 states, 4 actions', empty(8)),
  world(
    'GridWorld-FourRooms-v0',
    'find the way between four rooms, moves slip one time in ten; 121 states, 4 actions',
    FOUR_ROOMS,
    0.1,
  ),
  world('GridWorld-Maze-8x8-v0', 'find the way through a maze; 64 states, 4 actions', MAZE),
];
