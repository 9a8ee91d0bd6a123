/**
 * Non-negative numbers with their prefix sums in a binary tree: setting one and finding where a running total is
 * reached take O(log n) (Schaul et al. 2016, arXiv:1511.05952, appendix B.2.1).
 */
export class SumTree {
  private readonly leaves: number;
  private readonly sums: Float64Array;

  constructor(readonly size: number) {
    this.leaves = 2 ** Math.ceil(Math.log2(Math.max(1, size)));
    this.sums = new Float64Array(2 * this.leaves);
  }

  get total(): number {
    return this.sums[1]!;
  }

  get(i: number): number {
    return this.sums[this.leaves + i]!;
  }

  set(i: number, value: number): void {
    let at = this.leaves + i;
    this.sums[at] = value;
    for (at >>= 1; at >= 1; at >>= 1) this.sums[at] = this.sums[2 * at]! + this.sums[2 * at + 1]!;
  }

  /** The least i with Σ_{k ≤ i} > `mass`, for 0 ≤ mass < total. */
  find(mass: number): number {
    let at = 1;
    let left = mass;
    while (at < this.leaves) {
      at *= 2;
      // A right side that is empty is never entered, however the subtraction rounds.
      if (left >= this.sums[at]! && this.sums[at + 1]! > 0) {
        left -= this.sums[at]!;
        at++;
      }
    }
    return at - this.leaves;
  }

  /** The first `count` numbers. */
  values(count: number): Float64Array {
    return this.sums.slice(this.leaves, this.leaves + count);
  }
}
