import { DOWN, type Game, LEFT, NO_OP, RIGHT, SIZE, UP } from './game';

const PLAYER_X = 0;
const PLAYER_Y = 1;
/** Frames between two things that appear, and until the next. */
const SPAWN_INTERVAL = 2;
const SPAWN_TIMER = 3;
/** Frames between two moves of all things, and until the next. */
const MOVE_INTERVAL = 4;
const MOVE_TIMER = 5;
const RAMP_TIMER = 6;
const RAMPS = 7;
/** Eight rows that hold one thing each: its column (−1 for none), the direction it moves in, and 1 for gold. */
const THINGS = 8;
const FIELDS = 3;
const ROWS = 8;

const FIRST_SPAWN_INTERVAL = 10;
const FIRST_MOVE_INTERVAL = 5;
const RAMP_INTERVAL = 100;

/**
 * Enemies and gold cross eight rows; reward 1 for gold met, an enemy met ends the episode. Every hundred frames things
 * come faster, and every other time also move faster.
 */
export const asterix: Game = {
  name: 'Asterix',
  key: 'asterix',
  description: 'collect gold, avoid enemies',
  channels: ['player', 'enemy', 'trail', 'gold'],
  minimalActions: [NO_OP, LEFT, UP, RIGHT, DOWN],
  size: THINGS + ROWS * FIELDS,
  lists: [],

  reset(s) {
    s.fill(0);
    s[PLAYER_X] = 5;
    s[PLAYER_Y] = 5;
    s[SPAWN_INTERVAL] = s[SPAWN_TIMER] = FIRST_SPAWN_INTERVAL;
    s[MOVE_INTERVAL] = s[MOVE_TIMER] = FIRST_MOVE_INTERVAL;
    s[RAMP_TIMER] = RAMP_INTERVAL;
    for (let row = 0; row < ROWS; row++) s[THINGS + row * FIELDS] = -1;
  },

  step(s, action, random, ramping, outcome) {
    if (s[SPAWN_TIMER] === 0) {
      spawn(s, random);
      s[SPAWN_TIMER] = s[SPAWN_INTERVAL]!;
    }
    if (action === LEFT) s[PLAYER_X] = Math.max(0, s[PLAYER_X]! - 1);
    else if (action === RIGHT) s[PLAYER_X] = Math.min(SIZE - 1, s[PLAYER_X]! + 1);
    else if (action === UP) s[PLAYER_Y] = Math.max(1, s[PLAYER_Y]! - 1);
    else if (action === DOWN) s[PLAYER_Y] = Math.min(ROWS, s[PLAYER_Y]! + 1);

    const meet = (thing: number) => {
      if (s[thing] !== s[PLAYER_X]) return;
      if (s[thing + 2] === 1) {
        outcome.reward++;
        s[thing] = -1;
      } else outcome.terminated = true;
    };
    const own = THINGS + (s[PLAYER_Y]! - 1) * FIELDS;
    meet(own);
    if (s[MOVE_TIMER] === 0) {
      s[MOVE_TIMER] = s[MOVE_INTERVAL]!;
      for (let thing = THINGS; thing < THINGS + ROWS * FIELDS; thing += FIELDS) {
        if (s[thing] === -1) continue;
        const column = s[thing]! + s[thing + 1]!;
        s[thing] = column < 0 || column >= SIZE ? -1 : column;
      }
      meet(own);
    }
    s[SPAWN_TIMER] = s[SPAWN_TIMER]! - 1;
    s[MOVE_TIMER] = s[MOVE_TIMER]! - 1;
    if (ramping) ramp(s);
  },

  show(s, mark) {
    mark(s[PLAYER_Y]!, s[PLAYER_X]!, 0);
    for (let row = 1; row <= ROWS; row++) {
      const thing = THINGS + (row - 1) * FIELDS;
      const column = s[thing]!;
      if (column === -1) continue;
      mark(row, column, s[thing + 2] === 1 ? 3 : 1);
      const behind = column - s[thing + 1]!;
      if (behind >= 0 && behind < SIZE) mark(row, behind, 2);
    }
  },
};

/** A thing in one of the free rows, at either side; gold one time in three. */
function spawn(s: Float64Array, random: Parameters<Game['reset']>[1]): void {
  const fromLeft = random.uniform() < 1 / 2;
  const gold = random.uniform() < 1 / 3;
  let free = 0;
  for (let row = 0; row < ROWS; row++) if (s[THINGS + row * FIELDS] === -1) free++;
  if (free === 0) return;
  let chosen = random.integer(free);
  for (let thing = THINGS; ; thing += FIELDS) {
    if (s[thing] !== -1 || chosen-- > 0) continue;
    s[thing] = fromLeft ? 0 : SIZE - 1;
    s[thing + 1] = fromLeft ? 1 : -1;
    s[thing + 2] = gold ? 1 : 0;
    return;
  }
}

function ramp(s: Float64Array): void {
  if (s[SPAWN_INTERVAL]! <= 1 && s[MOVE_INTERVAL]! <= 1) return;
  if (s[RAMP_TIMER]! >= 0) {
    s[RAMP_TIMER] = s[RAMP_TIMER]! - 1;
    return;
  }
  if (s[MOVE_INTERVAL]! > 1 && s[RAMPS]! % 2 === 1) s[MOVE_INTERVAL] = s[MOVE_INTERVAL]! - 1;
  if (s[SPAWN_INTERVAL]! > 1) s[SPAWN_INTERVAL] = s[SPAWN_INTERVAL]! - 1;
  s[RAMPS] = s[RAMPS]! + 1;
  s[RAMP_TIMER] = RAMP_INTERVAL;
}
