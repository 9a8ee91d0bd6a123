import type { Rng } from '../../src/math/rng';

/**
 * Training sets of `networks` shadow networks, an even number, over a pool of `count` examples: halves drawn at random, each
 * followed by its complement, so that every example is in exactly half of the networks (Carlini et al. 2022, section IV-B).
 * 1 where the example is in; one array a network.
 */
export function halves(count: number, networks: number, rng: Rng): Uint8Array[] {
  return Array.from({ length: networks }, (_, network) => {
    const order = rng.split('pair', Math.floor(network / 2)).permutation(count);
    const inside = new Uint8Array(count);
    const middle = Math.floor(count / 2);
    const chosen = network % 2 === 0 ? order.subarray(0, middle) : order.subarray(middle);
    for (const i of chosen) inside[i] = 1;
    return inside;
  });
}
