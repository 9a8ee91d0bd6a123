/** Edges collected one by one, in arrays that double. */
export class EdgeBuffer {
  private from: Int32Array;
  private to: Int32Array;
  private count = 0;

  constructor(expected = 1024) {
    this.from = new Int32Array(expected);
    this.to = new Int32Array(expected);
  }

  add(source: number, target: number): void {
    if (this.count === this.from.length) {
      this.from = doubled(this.from);
      this.to = doubled(this.to);
    }
    this.from[this.count] = source;
    this.to[this.count++] = target;
  }

  /** Views of what was added. */
  get edges(): { sources: Int32Array; targets: Int32Array } {
    return { sources: this.from.subarray(0, this.count), targets: this.to.subarray(0, this.count) };
  }
}

function doubled(array: Int32Array): Int32Array {
  const larger = new Int32Array(2 * array.length + 1);
  larger.set(array);
  return larger;
}
