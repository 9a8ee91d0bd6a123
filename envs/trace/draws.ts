import { KdlabError } from '../../src/core/errors';
import type { RandomSource } from '../random';

/** A recorded draw: a uniform in [0, 1), or an integer in [low, high). */
export type Draw = readonly ['u', number] | readonly ['i', number, number, number];

/** Gives recorded draws in their order. Throws a KdlabError where another kind or more is asked for than was recorded. */
export class RecordedDraws implements RandomSource {
  private at = 0;

  constructor(
    private readonly draws: readonly Draw[],
    private readonly where: string,
  ) {}

  uniform(low = 0, high = 1): number {
    const draw = this.next('a uniform');
    if (draw[0] !== 'u') throw this.error(`a uniform, the trace has ${JSON.stringify(draw)}`);
    return low + (high - low) * draw[1];
  }

  integer(n: number): number {
    const draw = this.next(`one of ${n} integers`);
    if (draw[0] !== 'i' || draw[2] - draw[1] !== n)
      throw this.error(`one of ${n} integers, the trace has ${JSON.stringify(draw)}`);
    return draw[3] - draw[1];
  }

  normal(): number {
    throw this.error('a Gaussian, which traces do not hold');
  }

  /** Throws a KdlabError where draws are left over. */
  finish(): void {
    if (this.at < this.draws.length)
      throw new KdlabError(
        `${this.where}: the trace has ${this.draws.length} draws, the environment drew ${this.at}; is the trace whole?`,
      );
  }

  private next(wanted: string): Draw {
    const draw = this.draws[this.at++];
    if (draw === undefined) throw this.error(`${wanted}, the trace has no more than ${this.draws.length} draws`);
    return draw;
  }

  private error(what: string): KdlabError {
    return new KdlabError(`${this.where}: the environment draws ${what}`);
  }
}
