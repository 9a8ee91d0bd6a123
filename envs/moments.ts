import type { State } from '../src/core/state';

/**
 * Running mean and variance of observations, element by element, joined batch by batch (Chan, Golub, LeVeque 1979), as
 * Gymnasium's NormalizeObservation keeps them; here without its first guess of mean 0 and variance 1 by weight 1e-4.
 */
export class ObservationMoments {
  private count = 0;
  private readonly means: Float64Array;
  /** Sums of squared deviations from the mean. */
  private readonly squares: Float64Array;

  constructor(readonly width: number) {
    this.means = new Float64Array(width);
    this.squares = new Float64Array(width);
  }

  get mean(): number[] {
    return Array.from(this.means);
  }

  /** Standard deviations over all seen; 1 before anything was. */
  get deviation(): number[] {
    return Array.from(this.squares, (sum) => (this.count === 0 ? 1 : Math.sqrt(sum / this.count)));
  }

  /** Observations [n, width], row-major. */
  add(observations: Float32Array): void {
    const { width, means, squares } = this;
    const n = observations.length / width;
    const total = this.count + n;
    for (let k = 0; k < width; k++) {
      let sum = 0;
      for (let i = k; i < observations.length; i += width) sum += observations[i]!;
      const mean = sum / n;
      let around = 0;
      for (let i = k; i < observations.length; i += width) around += (observations[i]! - mean) ** 2;
      const apart = mean - means[k]!;
      means[k] = means[k]! + (apart * n) / total;
      squares[k] = squares[k]! + around + (apart * apart * this.count * n) / total;
    }
    this.count = total;
  }

  save(): State {
    return { count: this.count, means: this.means.slice(), squares: this.squares.slice() };
  }

  load(saved: State): void {
    this.count = saved.count as number;
    this.means.set(saved.means as Float64Array);
    this.squares.set(saved.squares as Float64Array);
  }
}
