import type { RandomSource } from '../random';
import { DOWN, FIRE, type Game, LEFT, NO_OP, type Outcome, Records, RIGHT, SIZE, UP } from './game';

const X = 0;
const Y = 1;
/** 1 where the submarine faces right, −1 left. */
const FACING = 2;
const OXYGEN = 3;
const DIVERS_ABOARD = 4;
const SHOT_TIMER = 5;
/** Frames between two enemies that appear, and until the next; until the next diver. */
const SPAWN_INTERVAL = 6;
const SPAWN_TIMER = 7;
const DIVER_TIMER = 8;
/** Frames that an enemy rests between two moves. */
const MOVE_INTERVAL = 9;
const RAMPS = 10;
/** 1 while the submarine has not left the surface since it came up. */
const SURFACED = 11;

/*
 * Column, row, direction; then of what moves slowly the frames until its next move, of submarines also those until their
 * next shot. At the fastest an enemy appears every frame and crosses the board in thirty.
 */
const CAPACITY = 64;
const BULLETS = new Records(12, 16, 3);
const ENEMY_BULLETS = new Records(BULLETS.at + BULLETS.size, 2 * CAPACITY, 3);
const FISH = new Records(ENEMY_BULLETS.at + ENEMY_BULLETS.size, CAPACITY, 4);
const SUBMARINES = new Records(FISH.at + FISH.size, CAPACITY, 5);
const DIVERS = new Records(SUBMARINES.at + SUBMARINES.size, 16, 4);

const MAX_OXYGEN = 200;
const MAX_DIVERS = 6;
const COOL_DOWN = 5;
const ENEMY_SHOT_INTERVAL = 10;
const FIRST_SPAWN_INTERVAL = 20;
const DIVER_INTERVAL = 30;
const FIRST_MOVE_INTERVAL = 5;
const DIVER_MOVE_INTERVAL = 5;
const LEAST_MOVE_INTERVAL = 2;
const SEABED = SIZE - 1;

/**
 * A submarine shoots fish and submarines (reward 1 each) and picks up divers while its oxygen lasts. It must come up in
 * time with a diver aboard; with six it is rewarded by what is left of its oxygen, up to 10. Each time it comes up, enemies
 * come faster, and every other time also move faster. A collision, an enemy's bullet, the end of the oxygen and coming
 * up without a diver end the episode.
 */
export const seaquest: Game = {
  name: 'Seaquest',
  key: 'seaquest',
  description: 'shoot enemies, rescue divers, mind the oxygen',
  channels: [
    'front of the submarine',
    'back of the submarine',
    'bullet',
    'trail',
    'enemy bullet',
    'fish',
    'enemy submarine',
    'oxygen',
    'divers aboard',
    'diver',
  ],
  minimalActions: [NO_OP, LEFT, UP, RIGHT, DOWN, FIRE],
  size: DIVERS.at + DIVERS.size,
  lists: [BULLETS, ENEMY_BULLETS, FISH, SUBMARINES, DIVERS],

  reset(s) {
    s.fill(0);
    s[X] = 5;
    s[FACING] = -1;
    s[OXYGEN] = MAX_OXYGEN;
    s[SPAWN_INTERVAL] = s[SPAWN_TIMER] = FIRST_SPAWN_INTERVAL;
    s[DIVER_TIMER] = DIVER_INTERVAL;
    s[MOVE_INTERVAL] = FIRST_MOVE_INTERVAL;
    s[SURFACED] = 1;
  },

  step(s, action, random, ramping, outcome) {
    appear(s, random);
    act(s, action);
    moveBullets(s, outcome);
    moveDivers(s);
    moveSubmarines(s, outcome);
    moveEnemyBullets(s, outcome);
    moveFish(s, outcome);
    s[SPAWN_TIMER] = Math.max(0, s[SPAWN_TIMER]! - 1);
    s[DIVER_TIMER] = Math.max(0, s[DIVER_TIMER]! - 1);
    s[SHOT_TIMER] = Math.max(0, s[SHOT_TIMER]! - 1);
    breathe(s, ramping, outcome);
  },

  show(s, mark) {
    const each = (list: Records, channel: number, trail: boolean) => {
      for (let k = 0; k < list.count(s); k++) {
        const r = list.record(k);
        mark(s[r + 1]!, s[r]!, channel);
        const behind = s[r]! - s[r + 2]!;
        if (trail && behind >= 0 && behind < SIZE) mark(s[r + 1]!, behind, 3);
      }
    };
    mark(s[Y]!, s[X]!, 0);
    mark(s[Y]!, s[X]! - s[FACING]!, 1);
    const filled = Math.max(0, Math.floor((s[OXYGEN]! * SIZE) / MAX_OXYGEN));
    for (let column = 0; column < filled; column++) mark(SEABED, column, 7);
    for (let column = SEABED - s[DIVERS_ABOARD]!; column < SEABED; column++) mark(SEABED, column, 8);
    each(BULLETS, 2, false);
    each(ENEMY_BULLETS, 4, false);
    each(FISH, 5, true);
    each(SUBMARINES, 6, true);
    each(DIVERS, 9, true);
  },
};

/** Enemies and divers appear at a side of a row when their time has come. */
function appear(s: Float64Array, random: RandomSource): void {
  if (s[SPAWN_TIMER] === 0) {
    const direction = random.uniform() < 1 / 2 ? 1 : -1;
    const submarine = random.uniform() < 1 / 3;
    const row = 1 + random.integer(SEABED - 1);
    // Enemies of a row all move in one direction.
    if (!against(s, FISH, row, direction) && !against(s, SUBMARINES, row, direction)) {
      const column = direction === 1 ? 0 : SIZE - 1;
      if (submarine) SUBMARINES.push(s, column, row, direction, s[MOVE_INTERVAL]!, ENEMY_SHOT_INTERVAL);
      else FISH.push(s, column, row, direction, s[MOVE_INTERVAL]!);
    }
    s[SPAWN_TIMER] = s[SPAWN_INTERVAL]!;
  }
  if (s[DIVER_TIMER] === 0) {
    const direction = random.uniform() < 1 / 2 ? 1 : -1;
    const row = 1 + random.integer(SEABED - 1);
    DIVERS.push(s, direction === 1 ? 0 : SIZE - 1, row, direction, DIVER_MOVE_INTERVAL);
    s[DIVER_TIMER] = DIVER_INTERVAL;
  }
}

function against(s: Float64Array, list: Records, row: number, direction: number): boolean {
  for (let k = 0; k < list.count(s); k++) {
    const r = list.record(k);
    if (s[r + 1] === row && s[r + 2] !== direction) return true;
  }
  return false;
}

function act(s: Float64Array, action: number): void {
  switch (action) {
    case LEFT:
      s[X] = Math.max(0, s[X]! - 1);
      s[FACING] = -1;
      break;
    case RIGHT:
      s[X] = Math.min(SIZE - 1, s[X]! + 1);
      s[FACING] = 1;
      break;
    case UP:
      s[Y] = Math.max(0, s[Y]! - 1);
      break;
    case DOWN:
      s[Y] = Math.min(SEABED - 1, s[Y]! + 1);
      break;
    case FIRE:
      if (s[SHOT_TIMER] !== 0) break;
      BULLETS.push(s, s[X]!, s[Y]!, s[FACING]!);
      s[SHOT_TIMER] = COOL_DOWN;
  }
}

/** The latest first; each hits at most one enemy, fish before submarines. */
function moveBullets(s: Float64Array, outcome: Outcome): void {
  for (let k = BULLETS.count(s) - 1; k >= 0; k--) {
    const r = BULLETS.record(k);
    const column = s[r]! + s[r + 2]!;
    s[r] = column;
    if (column < 0 || column >= SIZE) {
      BULLETS.remove(s, k);
      continue;
    }
    for (const enemies of [FISH, SUBMARINES]) {
      const hit = enemies.find(s, column, s[r + 1]!);
      if (hit < 0) continue;
      enemies.remove(s, hit);
      BULLETS.remove(s, k);
      outcome.reward++;
      break;
    }
  }
}

const isHere = (s: Float64Array, r: number) => s[r] === s[X] && s[r + 1] === s[Y];

/** A diver, fish or submarine `r` counts down to its next move; true once it has moved. */
function moved(s: Float64Array, r: number, interval: number): boolean {
  if (s[r + 3] !== 0) {
    s[r + 3] = s[r + 3]! - 1;
    return false;
  }
  s[r + 3] = interval;
  s[r] = s[r]! + s[r + 2]!;
  return true;
}

const isOutside = (s: Float64Array, r: number) => s[r]! < 0 || s[r]! >= SIZE;

function moveDivers(s: Float64Array): void {
  for (let k = DIVERS.count(s) - 1; k >= 0; k--) {
    const r = DIVERS.record(k);
    const room = s[DIVERS_ABOARD]! < MAX_DIVERS;
    const met = isHere(s, r) && room;
    const gone = !met && moved(s, r, DIVER_MOVE_INTERVAL) && isOutside(s, r);
    if (met || (!gone && isHere(s, r) && room)) {
      s[DIVERS_ABOARD] = s[DIVERS_ABOARD]! + 1;
      DIVERS.remove(s, k);
    } else if (gone) DIVERS.remove(s, k);
  }
}

function moveSubmarines(s: Float64Array, outcome: Outcome): void {
  for (let k = SUBMARINES.count(s) - 1; k >= 0; k--) {
    const r = SUBMARINES.record(k);
    if (isHere(s, r)) outcome.terminated = true;
    if (moved(s, r, s[MOVE_INTERVAL]!)) {
      if (isOutside(s, r)) {
        SUBMARINES.remove(s, k);
        continue;
      }
      if (isHere(s, r)) outcome.terminated = true;
      else if (shotDown(s, SUBMARINES, k, outcome)) continue;
    }
    if (s[r + 4] === 0) {
      s[r + 4] = ENEMY_SHOT_INTERVAL;
      ENEMY_BULLETS.push(s, s[r]!, s[r + 1]!, s[r + 2]!);
    } else s[r + 4] = s[r + 4]! - 1;
  }
}

function moveFish(s: Float64Array, outcome: Outcome): void {
  for (let k = FISH.count(s) - 1; k >= 0; k--) {
    const r = FISH.record(k);
    if (isHere(s, r)) outcome.terminated = true;
    if (!moved(s, r, s[MOVE_INTERVAL]!)) continue;
    if (isOutside(s, r)) FISH.remove(s, k);
    else if (isHere(s, r)) outcome.terminated = true;
    else shotDown(s, FISH, k, outcome);
  }
}

/** Whether an enemy has moved into a bullet, which is then gone with it. */
function shotDown(s: Float64Array, enemies: Records, k: number, outcome: Outcome): boolean {
  const r = enemies.record(k);
  const bullet = BULLETS.find(s, s[r]!, s[r + 1]!);
  if (bullet < 0) return false;
  BULLETS.remove(s, bullet);
  enemies.remove(s, k);
  outcome.reward++;
  return true;
}

function moveEnemyBullets(s: Float64Array, outcome: Outcome): void {
  for (let k = ENEMY_BULLETS.count(s) - 1; k >= 0; k--) {
    const r = ENEMY_BULLETS.record(k);
    if (isHere(s, r)) outcome.terminated = true;
    s[r] = s[r]! + s[r + 2]!;
    if (isOutside(s, r)) ENEMY_BULLETS.remove(s, k);
    else if (isHere(s, r)) outcome.terminated = true;
  }
}

/** Oxygen is used below the surface; coming up takes a diver, or all six and gives their reward. */
function breathe(s: Float64Array, ramping: boolean, outcome: Outcome): void {
  if (s[Y]! > 0) {
    s[OXYGEN] = s[OXYGEN]! - 1;
    s[SURFACED] = 0;
    if (s[OXYGEN]! < 0) outcome.terminated = true;
    return;
  }
  if (s[SURFACED] === 1) return;
  if (s[DIVERS_ABOARD] === 0) {
    outcome.terminated = true;
    return;
  }
  s[SURFACED] = 1;
  if (s[DIVERS_ABOARD] === MAX_DIVERS) {
    s[DIVERS_ABOARD] = 0;
    outcome.reward += Math.floor((s[OXYGEN]! * SIZE) / MAX_OXYGEN);
  } else s[DIVERS_ABOARD] = s[DIVERS_ABOARD]! - 1;
  s[OXYGEN] = MAX_OXYGEN;
  if (ramping) ramp(s);
}

function ramp(s: Float64Array): void {
  if (s[SPAWN_INTERVAL]! <= 1 && s[MOVE_INTERVAL]! <= LEAST_MOVE_INTERVAL) return;
  if (s[MOVE_INTERVAL]! > LEAST_MOVE_INTERVAL && s[RAMPS]! % 2 === 1) s[MOVE_INTERVAL] = s[MOVE_INTERVAL]! - 1;
  if (s[SPAWN_INTERVAL]! > 1) s[SPAWN_INTERVAL] = s[SPAWN_INTERVAL]! - 1;
  s[RAMPS] = s[RAMPS]! + 1;
}
