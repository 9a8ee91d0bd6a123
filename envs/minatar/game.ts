import type { RandomSource } from '../random';

/** The six actions that all games share, in MinAtar's order. */
export const NO_OP = 0;
export const LEFT = 1;
export const UP = 2;
export const RIGHT = 3;
export const DOWN = 4;
export const FIRE = 5;

/** Rows and columns of every board. */
export const SIZE = 10;

/** What a step came to; written by the game, owned by its caller. */
export interface Outcome {
  reward: number;
  terminated: boolean;
}

/** The rules of one game on the flat state `s` of one environment. */
export interface Game {
  /** Gymnasium's name, as in `MinAtar/<name>-v0`. */
  readonly name: string;
  /** The name in MinAtar's own interface. */
  readonly key: string;
  readonly description: string;
  /** What each channel of the board shows. */
  readonly channels: readonly string[];
  /** The actions that do anything. */
  readonly minimalActions: readonly number[];
  /** Numbers in a state. */
  readonly size: number;
  /** The lists within it, which lie at its end one after the other. */
  readonly lists: readonly Records[];
  /** Writes a whole first state. */
  reset(s: Float64Array, random: RandomSource): void;
  /** One frame. `ramping` makes the game harder with time. `outcome` comes with reward 0, not terminated. */
  step(s: Float64Array, action: number, random: RandomSource, ramping: boolean, outcome: Outcome): void;
  /** Calls `mark` for every cell that is on. */
  show(s: Float64Array, mark: (row: number, column: number, channel: number) => void): void;
}

/** Records of `fields` numbers one after the other in a state, at `at`, their count first; in order of arrival. */
export class Records {
  /** Numbers that the list takes in a state. */
  readonly size: number;

  constructor(
    readonly at: number,
    readonly capacity: number,
    readonly fields: number,
  ) {
    this.size = 1 + capacity * fields;
  }

  count(s: Float64Array): number {
    return s[this.at]!;
  }

  /** Where record k begins. */
  record(k: number): number {
    return this.at + 1 + k * this.fields;
  }

  /** Throws Error where the list is full: a rule of the game is broken then. */
  push(s: Float64Array, ...values: readonly number[]): void {
    const count = s[this.at]!;
    if (count === this.capacity) throw new Error(`more than ${this.capacity} things of a kind on the board`);
    s.set(values, this.record(count));
    s[this.at] = count + 1;
  }

  remove(s: Float64Array, k: number): void {
    s.copyWithin(this.record(k), this.record(k + 1), this.record(s[this.at]!));
    s[this.at] = s[this.at]! - 1;
  }

  /** The first record whose first two numbers, column and row, are these; −1 for none. */
  find(s: Float64Array, column: number, row: number): number {
    const count = s[this.at]!;
    for (let k = 0; k < count; k++) {
      const r = this.record(k);
      if (s[r] === column && s[r + 1] === row) return k;
    }
    return -1;
  }
}
