import { FIRE, type Game, LEFT, NO_OP, RIGHT, SIZE } from './game';

const CANNON = 0;
const SHOT_TIMER = 1;
/** −1 leftwards, 1 rightwards. */
const DIRECTION = 2;
/** Frames between two moves of the aliens at most, and until the next. */
const MOVE_INTERVAL = 3;
const MOVE_TIMER = 4;
const ALIEN_SHOT_TIMER = 5;
/** Ten rows each, one bit a column. */
const ALIENS = 6;
const BULLETS = 16;
const ALIEN_BULLETS = 26;

const COOL_DOWN = 5;
const FIRST_MOVE_INTERVAL = 12;
const LEAST_MOVE_INTERVAL = 6;
const ALIEN_SHOT_INTERVAL = 10;
const BOTTOM = SIZE - 1;
/** Columns 2 … 7. */
const WAVE = 0b0011111100;
const WAVE_ROWS = 4;

const isSet = (s: Float64Array, rows: number, row: number, column: number) => ((s[rows + row]! >> column) & 1) === 1;

/**
 * A cannon below a wave of aliens that come nearer and shoot; reward 1 for each alien shot. The last alien shot
 * brings a new wave that moves faster. An alien or a bullet that reaches the cannon, or an alien at the bottom about to
 * descend, ends the episode.
 */
export const spaceInvaders: Game = {
  name: 'SpaceInvaders',
  key: 'space_invaders',
  description: 'shoot the aliens before they land',
  channels: ['cannon', 'alien', 'alien going left', 'alien going right', 'bullet', 'alien bullet'],
  minimalActions: [NO_OP, LEFT, RIGHT, FIRE],
  size: ALIEN_BULLETS + SIZE,
  lists: [],

  reset(s) {
    s.fill(0);
    s[CANNON] = 5;
    s[DIRECTION] = -1;
    s[MOVE_INTERVAL] = s[MOVE_TIMER] = FIRST_MOVE_INTERVAL;
    s[ALIEN_SHOT_TIMER] = ALIEN_SHOT_INTERVAL;
    s.fill(WAVE, ALIENS, ALIENS + WAVE_ROWS);
  },

  step(s, action, _random, ramping, outcome) {
    if (action === FIRE && s[SHOT_TIMER] === 0) {
      s[BULLETS + BOTTOM] = s[BULLETS + BOTTOM]! | (1 << s[CANNON]!);
      s[SHOT_TIMER] = COOL_DOWN;
    } else if (action === LEFT) s[CANNON] = Math.max(0, s[CANNON]! - 1);
    else if (action === RIGHT) s[CANNON] = Math.min(SIZE - 1, s[CANNON]! + 1);
    const cannon = s[CANNON]!;

    s.copyWithin(BULLETS, BULLETS + 1, BULLETS + SIZE);
    s[BULLETS + BOTTOM] = 0;
    s.copyWithin(ALIEN_BULLETS + 1, ALIEN_BULLETS, ALIEN_BULLETS + BOTTOM);
    s[ALIEN_BULLETS] = 0;
    if (isSet(s, ALIEN_BULLETS, BOTTOM, cannon)) outcome.terminated = true;

    if (isSet(s, ALIENS, BOTTOM, cannon)) outcome.terminated = true;
    if (s[MOVE_TIMER] === 0) {
      s[MOVE_TIMER] = Math.min(aliens(s), s[MOVE_INTERVAL]!);
      if (march(s)) outcome.terminated = true;
      if (isSet(s, ALIENS, BOTTOM, cannon)) outcome.terminated = true;
    }
    if (s[ALIEN_SHOT_TIMER] === 0) {
      s[ALIEN_SHOT_TIMER] = ALIEN_SHOT_INTERVAL;
      shoot(s, cannon);
    }
    for (let row = 0; row < SIZE; row++) {
      const hit = s[ALIENS + row]! & s[BULLETS + row]!;
      if (hit === 0) continue;
      outcome.reward += ones(hit);
      s[ALIENS + row] = s[ALIENS + row]! & ~hit;
      s[BULLETS + row] = s[BULLETS + row]! & ~hit;
    }
    if (s[SHOT_TIMER]! > 0) s[SHOT_TIMER] = s[SHOT_TIMER]! - 1;
    s[MOVE_TIMER] = s[MOVE_TIMER]! - 1;
    s[ALIEN_SHOT_TIMER] = s[ALIEN_SHOT_TIMER]! - 1;
    if (aliens(s) > 0) return;
    if (ramping && s[MOVE_INTERVAL]! > LEAST_MOVE_INTERVAL) s[MOVE_INTERVAL] = s[MOVE_INTERVAL]! - 1;
    s.fill(WAVE, ALIENS, ALIENS + WAVE_ROWS);
  },

  show(s, mark) {
    mark(BOTTOM, s[CANNON]!, 0);
    const going = s[DIRECTION]! < 0 ? 2 : 3;
    for (let row = 0; row < SIZE; row++)
      for (let column = 0; column < SIZE; column++) {
        if (isSet(s, ALIENS, row, column)) {
          mark(row, column, 1);
          mark(row, column, going);
        }
        if (isSet(s, BULLETS, row, column)) mark(row, column, 4);
        if (isSet(s, ALIEN_BULLETS, row, column)) mark(row, column, 5);
      }
  },
};

function ones(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}

function aliens(s: Float64Array): number {
  let count = 0;
  for (let row = 0; row < SIZE; row++) count += ones(s[ALIENS + row]!);
  return count;
}

/** One move sideways; at a border a descent and a turn instead. True where an alien was at the bottom before a descent. */
function march(s: Float64Array): boolean {
  const leftwards = s[DIRECTION]! < 0;
  const border = leftwards ? 1 : 1 << (SIZE - 1);
  let atBorder = false;
  for (let row = 0; row < SIZE; row++) if ((s[ALIENS + row]! & border) !== 0) atBorder = true;
  if (!atBorder) {
    for (let row = ALIENS; row < ALIENS + SIZE; row++) s[row] = leftwards ? s[row]! >> 1 : s[row]! << 1;
    return false;
  }
  s[DIRECTION] = -s[DIRECTION]!;
  const landed = s[ALIENS + BOTTOM]!;
  s.copyWithin(ALIENS + 1, ALIENS, ALIENS + BOTTOM);
  s[ALIENS] = landed;
  return landed !== 0;
}

/** The lowest alien of the column nearest to the cannon shoots; the left one of two columns equally near. */
function shoot(s: Float64Array, cannon: number): void {
  for (let distance = 0; distance < SIZE; distance++)
    for (const column of [cannon - distance, cannon + distance]) {
      if (column < 0 || column >= SIZE) continue;
      for (let row = BOTTOM; row >= 0; row--) {
        if (!isSet(s, ALIENS, row, column)) continue;
        s[ALIEN_BULLETS + row] = s[ALIEN_BULLETS + row]! | (1 << column);
        return;
      }
    }
}
