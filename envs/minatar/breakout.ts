import { type Game, LEFT, NO_OP, RIGHT, SIZE } from './game';

const BALL_X = 0;
const BALL_Y = 1;
/** Where the ball was. */
const LAST_X = 2;
const LAST_Y = 3;
/** Columns and rows that the ball moves in a frame. */
const RIGHTWARD = 4;
const DOWNWARD = 5;
const PADDLE = 6;
/** 1 while the ball has been in bricks since the last frame in free air: it breaks one of them only. */
const STRIKING = 7;
/** The three rows of bricks, one bit a column. */
const BRICKS = 8;

const FIRST_ROW = 1;
const ROWS = 3;
const FULL = 2 ** SIZE - 1;
const BOTTOM = SIZE - 1;

const isBrick = (s: Float64Array, row: number, column: number) =>
  row >= FIRST_ROW && row < FIRST_ROW + ROWS && ((s[BRICKS + row - FIRST_ROW]! >> column) & 1) === 1;

/**
 * A paddle returns a diagonal ball to three rows of bricks; reward 1 for each brick. New bricks appear when the ball
 * comes down after the last. The episode ends when the ball is missed.
 */
export const breakout: Game = {
  name: 'Breakout',
  key: 'breakout',
  description: 'return the ball, break the bricks',
  channels: ['paddle', 'ball', 'trail', 'brick'],
  minimalActions: [NO_OP, LEFT, RIGHT],
  size: BRICKS + ROWS,
  lists: [],

  reset(s, random) {
    const fromRight = random.integer(2) === 1;
    s[BALL_X] = s[LAST_X] = fromRight ? BOTTOM : 0;
    s[BALL_Y] = s[LAST_Y] = FIRST_ROW + ROWS - 1;
    s[RIGHTWARD] = fromRight ? -1 : 1;
    s[DOWNWARD] = 1;
    s[PADDLE] = 4;
    s[STRIKING] = 0;
    s.fill(FULL, BRICKS, BRICKS + ROWS);
  },

  step(s, action, _random, _ramping, outcome) {
    if (action === LEFT) s[PADDLE] = Math.max(0, s[PADDLE]! - 1);
    else if (action === RIGHT) s[PADDLE] = Math.min(SIZE - 1, s[PADDLE]! + 1);
    const x = s[BALL_X]!;
    const y = s[BALL_Y]!;
    s[LAST_X] = x;
    s[LAST_Y] = y;
    let nextX = x + s[RIGHTWARD]!;
    let nextY = y + s[DOWNWARD]!;
    if (nextX < 0 || nextX >= SIZE) {
      nextX = Math.min(Math.max(nextX, 0), SIZE - 1);
      s[RIGHTWARD] = -s[RIGHTWARD]!;
    }
    let struck = false;
    if (nextY < 0) {
      nextY = 0;
      s[DOWNWARD] = 1;
    } else if (isBrick(s, nextY, nextX)) {
      struck = true;
      if (s[STRIKING] === 0) {
        outcome.reward = 1;
        s[STRIKING] = 1;
        const row = BRICKS + nextY - FIRST_ROW;
        s[row] = s[row]! & ~(1 << nextX);
        nextY = y;
        s[DOWNWARD] = -s[DOWNWARD]!;
      }
    } else if (nextY === BOTTOM) {
      if (s[BRICKS] === 0 && s[BRICKS + 1] === 0 && s[BRICKS + 2] === 0) s.fill(FULL, BRICKS, BRICKS + ROWS);
      if (x === s[PADDLE]) {
        s[DOWNWARD] = -1;
        nextY = y;
      } else if (nextX === s[PADDLE]) {
        s[DOWNWARD] = -1;
        s[RIGHTWARD] = -s[RIGHTWARD]!;
        nextY = y;
      } else outcome.terminated = true;
    }
    if (!struck) s[STRIKING] = 0;
    s[BALL_X] = nextX;
    s[BALL_Y] = nextY;
  },

  show(s, mark) {
    mark(BOTTOM, s[PADDLE]!, 0);
    mark(s[BALL_Y]!, s[BALL_X]!, 1);
    mark(s[LAST_Y]!, s[LAST_X]!, 2);
    for (let row = FIRST_ROW; row < FIRST_ROW + ROWS; row++)
      for (let column = 0; column < SIZE; column++) if (isBrick(s, row, column)) mark(row, column, 3);
  },
};
