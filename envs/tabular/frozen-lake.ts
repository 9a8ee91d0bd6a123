import { z } from 'zod';
import { KdlabError } from '../../src/core/errors';
import { section } from '../../src/core/section';
import { Rng } from '../../src/math/rng';
import { registration } from '../registration';
import type { Ink } from '../render/drawing';
import { drawBoard } from './board';
import { type Outcome, type TabularDynamics, tabular } from './tabular';

/** S start, F ice, H hole, G goal: Gymnasium's two lakes. */
const LAKES = {
  '4x4': ['SFFF', 'FHFH', 'FFFH', 'HFFG'],
  '8x8': ['SFFFFFFF', 'FFFFFFFF', 'FFFHFFFF', 'FFFFFHFF', 'FFFHFFFF', 'FHHFFFHF', 'FHFFHFHF', 'FFFHFFFG'],
} as const;

const INKS: Readonly<Record<string, Ink>> = { S: 'ground', F: 'ground', H: 'bad', G: 'good' };

/** Left, down, right, up, as Gymnasium numbers them. */
const MOVES = [
  [0, -1],
  [1, 0],
  [0, 1],
  [-1, 0],
] as const;

const random = section({
  size: z.number().int().min(2).default(8),
  frozen: z.number().gt(0).max(1).default(0.8).describe('probability that a field is ice'),
  seed: z.number().int().min(0).default(0),
});

const options = (lake: keyof typeof LAKES) =>
  section({
    map: z
      .union([z.enum(['4x4', '8x8']), z.array(z.string()).min(1), section({ random })])
      .default(lake)
      .describe('one of Gymnasium’s, rows of S F H G, or {random: {size, frozen, seed}}'),
    slippery: z.boolean().default(true),
    successRate: z
      .number()
      .min(0)
      .max(1)
      .default(1 / 3)
      .describe('on slippery ice, of the move that was meant; the rest goes to either side'),
    rewards: section({ goal: z.number().default(1), hole: z.number().default(0), frozen: z.number().default(0) })
      .default({ goal: 1, hole: 0, frozen: 0 })
      .describe('for arriving on each kind of field'),
  });

interface Lake extends z.output<ReturnType<typeof options>> {
  readonly id: string;
  readonly maxEpisodeSteps: number;
  readonly rewardThreshold?: number;
}

/**
 * A walk over ice with holes; reward 1 at the goal, 0 elsewhere. Actions: left, down, right, up. On slippery ice
 * the move is the one meant or one at right angles to it, with probability 1/3 each. State: row · columns + column.
 * Throws a KdlabError for a map of other signs, of rows of unequal length, without a start or a goal.
 */
function frozenLake(lake: Lake): TabularDynamics {
  const { id, slippery, successRate, rewards } = lake;
  const map = mapOf(lake);
  const rows = map.length;
  const columns = map[0]!.length;
  const all = map.join('');
  const cell = (state: number) => all[state]!;

  const moved = (state: number, move: number, probability: number): Outcome => {
    const [down, right] = MOVES[(move + 4) % 4]!;
    const row = Math.min(Math.max(Math.floor(state / columns) + down, 0), rows - 1);
    const column = Math.min(Math.max((state % columns) + right, 0), columns - 1);
    const next = row * columns + column;
    const to = cell(next);
    const reward = to === 'G' ? rewards.goal : to === 'H' ? rewards.hole : rewards.frozen;
    return { probability, next, reward, terminated: 'GH'.includes(to) };
  };

  return tabular({
    id,
    description: describe(lake),
    states: rows * columns,
    actions: ['left', 'down', 'right', 'up'],
    maxEpisodeSteps: lake.maxEpisodeSteps,
    ...(lake.rewardThreshold !== undefined && { rewardThreshold: lake.rewardThreshold }),
    start: (state) => (cell(state) === 'S' ? 1 : 0),
    outcomes: (state, action) => {
      if ('GH'.includes(cell(state))) return [{ probability: 1, next: state, reward: 0, terminated: true }];
      if (!slippery) return [moved(state, action, 1)];
      const failure = (1 - successRate) / 2;
      return [moved(state, action - 1, failure), moved(state, action, successRate), moved(state, action + 1, failure)];
    },
    draw: (state) =>
      drawBoard(rows, columns, (row, column) => INKS[map[row]![column]!], [
        Math.floor(state / columns),
        state % columns,
      ]),
  });
}

function describe({ map, slippery }: Pick<Lake, 'map' | 'slippery'>): string {
  const size = typeof map === 'string' ? ` of ${map}` : '';
  const states = typeof map === 'string' ? `; ${LAKES[map].length ** 2} states, 4 actions` : '';
  return `cross a ${slippery ? 'slippery ' : ''}frozen lake${size}${states}`;
}

function mapOf({ id, map }: Lake): readonly string[] {
  if (typeof map === 'string') return LAKES[map];
  const rows = Array.isArray(map) ? map : randomMap(map.random);
  const all = rows.join('');
  if (all.length !== rows.length * rows[0]!.length || !/^[SFHG]+$/.test(all) || !/S/.test(all) || !/G/.test(all))
    throw new KdlabError(
      `${id}: a map is rows of equal length of S F H G with an S and a G, found\n${rows.join('\n')}`,
    );
  return rows;
}

/** Start and goal in opposite corners, joined by ice; drawn again until they are. */
function randomMap({ size, frozen, seed }: z.output<typeof random>): string[] {
  const stream = Rng.root(seed).split('frozen-lake').stream();
  for (;;) {
    const fields: string[] = Array.from({ length: size * size }, () => (stream.uniform() < frozen ? 'F' : 'H'));
    fields[0] = 'S';
    fields[size * size - 1] = 'G';
    if (isCrossable(fields, size))
      return Array.from({ length: size }, (_, row) => fields.slice(row * size, (row + 1) * size).join(''));
  }
}

function isCrossable(fields: readonly string[], size: number): boolean {
  const reached = new Set([0]);
  for (const at of reached)
    for (const [down, right] of MOVES) {
      const [row, column] = [Math.floor(at / size) + down, (at % size) + right];
      const inside = row >= 0 && row < size && column >= 0 && column < size;
      if (inside && fields[row * size + column] !== 'H') reached.add(row * size + column);
    }
  return reached.has(size * size - 1);
}

const lake = (name: string, map: keyof typeof LAKES, maxEpisodeSteps: number, threshold: number) =>
  registration({
    id: name,
    description: describe({ map, slippery: true }),
    options: options(map),
    build: (given, id) => {
      const asRegistered = given.map === map && given.slippery && given.successRate === 1 / 3;
      return frozenLake({ ...given, id, maxEpisodeSteps, ...(asRegistered && { rewardThreshold: threshold }) });
    },
  });

export const frozenLakes = [lake('FrozenLake-v1', '4x4', 100, 0.7), lake('FrozenLake8x8-v1', '8x8', 200, 0.85)];
