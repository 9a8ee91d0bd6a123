import { KdlabError } from '../core/errors';

interface Hole {
  from: number;
  size: number;
}

/**
 * Places in a line of `limit` cells: the first hole that is large enough is taken, and neighbouring holes are joined.
 * `end` is the first cell that was never used.
 */
export class FreeList {
  private readonly holes: Hole[] = [];
  private readonly sizes = new Map<number, number>();
  end = 0;
  used = 0;
  peak = 0;

  constructor(
    private readonly limit: number,
    /** What a cell is part of, for messages. */
    private readonly what: string,
    /** Every place begins on a multiple of this many cells and takes a multiple of it. */
    private readonly unit = 16,
  ) {}

  /** Throws KdlabError where no room is left. */
  allocate(cells: number): number {
    const size = Math.max(1, Math.ceil(cells / this.unit)) * this.unit;
    const at = this.holes.findIndex((hole) => hole.size >= size);
    let place: number;
    if (at >= 0) {
      const hole = this.holes[at]!;
      place = hole.from;
      hole.from += size;
      hole.size -= size;
      if (hole.size === 0) this.holes.splice(at, 1);
    } else {
      place = this.end;
      if (place + size > this.limit)
        throw new KdlabError(`${this.what} is full: ${this.used} of ${this.limit} words are used, ${size} more wanted`);
      this.end += size;
    }
    this.sizes.set(place, size);
    this.used += size;
    this.peak = Math.max(this.peak, this.used);
    return place;
  }

  /** Throws RangeError where nothing was allocated at `place`. */
  free(place: number): void {
    const size = this.sizes.get(place);
    if (size === undefined) throw new RangeError(`nothing in ${this.what} begins at ${place}`);
    this.sizes.delete(place);
    this.used -= size;
    let at = this.holes.findIndex((hole) => hole.from > place);
    if (at < 0) at = this.holes.length;
    const before = this.holes[at - 1];
    const after = this.holes[at];
    const joinsAfter = after !== undefined && place + size === after.from;
    if (before !== undefined && before.from + before.size === place) {
      before.size += size + (joinsAfter ? after.size : 0);
      if (joinsAfter) this.holes.splice(at, 1);
    } else if (joinsAfter) {
      after.from = place;
      after.size += size;
    } else this.holes.splice(at, 0, { from: place, size });
    const last = this.holes.at(-1);
    if (last !== undefined && last.from + last.size === this.end) {
      this.end = last.from;
      this.holes.pop();
    }
  }
}
