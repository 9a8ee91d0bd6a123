/** The part of a privacy loss that has a density, over an output x in which the loss grows. */
export interface ContinuousLoss {
  readonly from: number;
  readonly to: number;
  /** Cells of x no wider than this are integrated by three points. */
  readonly cell: number;
  /** ln of P's density at x. */
  logDensity(x: number): number;
  loss(x: number): number;
  /** The x of a loss; ±∞ where no x is so low or so high. */
  locate(loss: number): number;
}

/**
 * The privacy loss ln(P/Q) under P of a pair of output distributions that no pair of neighbours can be told apart better
 * than (a dominating pair: Zhu, Dong and Wang 2022, arXiv:2106.08567): point masses and a continuous part.
 */
export interface Loss {
  readonly atoms: readonly { readonly loss: number; readonly mass: number }[];
  readonly continuous?: ContinuousLoss;
  /** P's mass beyond the ends of the continuous part. */
  readonly beyond: number;
}

/** Which neighbour is P: the one with one example more (remove) or the one without it (add). */
export type Direction = 'remove' | 'add';

/** A mechanism before sampling: what it puts out without an example (base) and how the example shifts the odds. */
export interface Base {
  /** Log odds ln(P₁/P₀) and P₀'s mass. */
  readonly atoms: readonly { readonly odds: number; readonly mass: number }[];
  readonly continuous?: {
    readonly from: number;
    readonly to: number;
    readonly cell: number;
    logDensity(x: number): number;
    odds(x: number): number;
    locate(odds: number): number;
  };
  readonly beyond: number;
}

/** ln(1 − q + q·eᶻ) without cancellation or overflow. */
function mixed(rate: number, z: number): number {
  if (rate === 1) return z;
  return z > 300 ? z + Math.log(rate) : Math.log1p(rate * Math.expm1(z));
}

/** The z of a mixed loss; −∞ at and below ln(1 − q). */
function unmixed(rate: number, loss: number): number {
  if (rate === 1) return loss;
  if (loss > 300) return loss - Math.log(rate);
  const ratio = Math.expm1(loss) / rate;
  return ratio <= -1 ? Number.NEGATIVE_INFINITY : Math.log1p(ratio);
}

/** The loss of a base mechanism that gets each example with probability `rate`, for neighbours by one example. */
export function sampledLoss({ atoms, continuous, beyond }: Base, rate: number, direction: Direction): Loss {
  if (direction === 'remove')
    return {
      beyond,
      atoms: atoms.map(({ odds, mass }) => ({ loss: mixed(rate, odds), mass: mass * Math.exp(mixed(rate, odds)) })),
      ...(continuous && {
        continuous: {
          ...continuous,
          loss: (x) => mixed(rate, continuous.odds(x)),
          logDensity: (x) => continuous.logDensity(x) + mixed(rate, continuous.odds(x)),
          locate: (loss) => continuous.locate(unmixed(rate, loss)),
        },
      }),
    };
  return {
    beyond,
    atoms: atoms.map(({ odds, mass }) => ({ loss: -mixed(rate, odds), mass })),
    ...(continuous && {
      continuous: {
        cell: continuous.cell,
        from: -continuous.to,
        to: -continuous.from,
        loss: (x) => -mixed(rate, continuous.odds(-x)),
        logDensity: (x) => continuous.logDensity(-x),
        locate: (loss) => -continuous.locate(unmixed(rate, -loss)),
      },
    }),
  };
}
