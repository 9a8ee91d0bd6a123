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

/**
 * A walk over ice with holes; reward 1 at the goal, 0 elsewhere. Actions: left, down, right, up. On slippery ice
 * the move is the one meant or one at right angles to it, with probability 1/3 each. State: row · columns + column.
 */
export function frozenLake({
  id,
  lake,
  slippery = true,
  maxEpisodeSteps,
}: {
  id: string;
  lake: keyof typeof LAKES;
  slippery?: boolean;
  maxEpisodeSteps: number;
}): TabularDynamics {
  const map = LAKES[lake];
  const size = map.length;
  const cell = (state: number) => map[Math.floor(state / size)]![state % size]!;

  const moved = (state: number, move: number, probability: number): Outcome => {
    const [down, right] = MOVES[(move + 4) % 4]!;
    const row = Math.min(Math.max(Math.floor(state / size) + down, 0), size - 1);
    const column = Math.min(Math.max((state % size) + right, 0), size - 1);
    const next = row * size + column;
    return { probability, next, reward: cell(next) === 'G' ? 1 : 0, terminated: 'GH'.includes(cell(next)) };
  };

  return tabular({
    id,
    description: `cross a ${slippery ? 'slippery ' : ''}frozen lake of ${lake}; ${size * size} states, 4 actions`,
    states: size * size,
    actions: 4,
    maxEpisodeSteps,
    start: (state) => (cell(state) === 'S' ? 1 : 0),
    outcomes: (state, action) => {
      if ('GH'.includes(cell(state))) return [{ probability: 1, next: state, reward: 0, terminated: true }];
      if (!slippery) return [moved(state, action, 1)];
      const success = 1 / 3;
      const failure = (1 - success) / 2;
      return [moved(state, action - 1, failure), moved(state, action, success), moved(state, action + 1, failure)];
    },
    draw: (state) =>
      drawBoard(size, size, (row, column) => INKS[map[row]![column]!], [Math.floor(state / size), state % size]),
  });
}
