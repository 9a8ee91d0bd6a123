import type { Base } from './loss';

/** N(0, σ²) against N(1, σ²) within `reach` standard deviations of either mean. */
export function gaussianBase(noise: number, reach: number): Base {
  const variance = noise * noise;
  const constant = Math.log(noise) + 0.5 * Math.log(2 * Math.PI);
  return {
    atoms: [],
    beyond: Math.exp(-0.5 * reach * reach),
    continuous: {
      from: -reach * noise,
      to: 1 + reach * noise,
      cell: noise * Math.min(0.1, 0.3 * noise),
      logDensity: (x) => -(x * x) / (2 * variance) - constant,
      odds: (x) => (2 * x - 1) / (2 * variance),
      locate: (odds) => odds * variance + 0.5,
    },
  };
}

/** Laplace distributions of scale b around 0 and 1: all below 0 and all above 1 have one odds each. */
export function laplaceBase(scale: number): Base {
  return {
    atoms: [
      { odds: -1 / scale, mass: 0.5 },
      { odds: 1 / scale, mass: 0.5 * Math.exp(-1 / scale) },
    ],
    beyond: 0,
    continuous: {
      from: 0,
      to: 1,
      cell: Math.min(0.1, 0.1 * scale),
      logDensity: (x) => -x / scale - Math.log(2 * scale),
      odds: (x) => (2 * x - 1) / scale,
      locate: (odds) => (odds * scale + 1) / 2,
    },
  };
}

/** An answer that is true with probability `truth`, else one of the other `categories` − 1, for two true answers. */
export function randomizedResponseBase(truth: number, categories: number): Base {
  const other = (1 - truth) / (categories - 1);
  const odds = Math.log(truth / other);
  return {
    atoms: [
      { odds: -odds, mass: truth },
      { odds: 0, mass: other * (categories - 2) },
      { odds, mass: other },
    ].filter(({ mass }) => mass > 0),
    beyond: 0,
  };
}
