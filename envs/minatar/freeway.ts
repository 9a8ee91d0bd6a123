import { DOWN, type Game, NO_OP, SIZE, UP } from './game';

/** The chicken's row. */
const ROW = 0;
const MOVE_TIMER = 1;
const FRAMES_LEFT = 2;
/** Eight cars in rows 1 … 8: column, frames until the next move, frames between two moves, direction. */
const CARS = 3;
const FIELDS = 4;
const LANES = 8;

const COLUMN = 4;
const START_ROW = 9;
const MOVE_INTERVAL = 3;
const FRAMES = 2500;
const SLOWEST = 5;

/**
 * A chicken crosses eight lanes; reward 1 when it arrives, whereupon it starts again among cars of new speeds. A car sends
 * it back to the start. The episode lasts about 2500 frames.
 */
export const freeway: Game = {
  name: 'Freeway',
  key: 'freeway',
  description: 'cross the road, again and again',
  channels: ['chicken', 'car', 'speed 1', 'speed 2', 'speed 3', 'speed 4', 'speed 5'],
  minimalActions: [NO_OP, UP, DOWN],
  size: CARS + LANES * FIELDS,
  lists: [],

  reset(s, random) {
    s.fill(0);
    s[ROW] = START_ROW;
    s[MOVE_TIMER] = MOVE_INTERVAL;
    s[FRAMES_LEFT] = FRAMES;
    newTraffic(s, random);
  },

  step(s, action, random, _ramping, outcome) {
    if ((action === UP || action === DOWN) && s[MOVE_TIMER] === 0) {
      s[MOVE_TIMER] = MOVE_INTERVAL;
      s[ROW] = action === UP ? Math.max(0, s[ROW]! - 1) : Math.min(START_ROW, s[ROW]! + 1);
    }
    if (s[ROW] === 0) {
      outcome.reward = 1;
      newTraffic(s, random);
      s[ROW] = START_ROW;
    }
    for (let lane = 1; lane <= LANES; lane++) {
      const car = CARS + (lane - 1) * FIELDS;
      const hit = () => s[ROW] === lane && s[car] === COLUMN;
      if (hit()) s[ROW] = START_ROW;
      if (s[car + 1] !== 0) {
        s[car + 1] = s[car + 1]! - 1;
        continue;
      }
      s[car + 1] = s[car + 2]!;
      s[car] = (s[car]! + s[car + 3]! + SIZE) % SIZE;
      if (hit()) s[ROW] = START_ROW;
    }
    if (s[MOVE_TIMER]! > 0) s[MOVE_TIMER] = s[MOVE_TIMER]! - 1;
    s[FRAMES_LEFT] = s[FRAMES_LEFT]! - 1;
    outcome.terminated = s[FRAMES_LEFT]! < 0;
  },

  show(s, mark) {
    mark(s[ROW]!, COLUMN, 0);
    for (let lane = 1; lane <= LANES; lane++) {
      const car = CARS + (lane - 1) * FIELDS;
      mark(lane, s[car]!, 1);
      mark(lane, (s[car]! - s[car + 3]! + SIZE) % SIZE, 1 + s[car + 2]!);
    }
  },
};

/** New speeds and directions; the cars stay where they are. All speeds are drawn before all directions. */
function newTraffic(s: Float64Array, random: Parameters<Game['reset']>[1]): void {
  for (let car = CARS; car < CARS + LANES * FIELDS; car += FIELDS)
    s[car + 1] = s[car + 2] = 1 + random.integer(SLOWEST);
  for (let car = CARS; car < CARS + LANES * FIELDS; car += FIELDS) s[car + 3] = random.uniform() < 1 / 2 ? -1 : 1;
}
