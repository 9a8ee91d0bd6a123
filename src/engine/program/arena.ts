/** Buffers begin on 64-byte boundaries. */
export const ALIGNMENT = 16;

/** Offsets for buffers that live and die while a program is planned: best fit, neighbours joined. */
export class Arena {
  private readonly free: { offset: number; size: number }[] = [];
  /** Elements needed so far. */
  size = 0;

  take(elements: number): number {
    const size = rounded(elements);
    let best: { offset: number; size: number } | undefined;
    for (const hole of this.free) if (hole.size >= size && (best === undefined || hole.size < best.size)) best = hole;
    const last = this.free.at(-1);
    if (best === undefined && last !== undefined && last.offset + last.size === this.size) {
      this.size += size - last.size;
      last.size = size;
      best = last;
    }
    if (best === undefined) {
      this.size += size;
      return this.size - size;
    }
    const { offset } = best;
    best.offset += size;
    best.size -= size;
    if (best.size === 0) this.free.splice(this.free.indexOf(best), 1);
    return offset;
  }

  give(offset: number, elements: number): void {
    const size = rounded(elements);
    if (size === 0) return;
    const at = this.free.findIndex((hole) => hole.offset > offset);
    const index = at < 0 ? this.free.length : at;
    this.free.splice(index, 0, { offset, size });
    for (const i of [index, index - 1]) {
      const hole = this.free[i];
      const next = this.free[i + 1];
      if (hole === undefined || next === undefined || hole.offset + hole.size !== next.offset) continue;
      hole.size += next.size;
      this.free.splice(i + 1, 1);
    }
  }
}

function rounded(elements: number): number {
  return Math.ceil(elements / ALIGNMENT) * ALIGNMENT;
}
