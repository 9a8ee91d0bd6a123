import { randomFillSync } from 'node:crypto';
import { boxMuller } from './box-muller';

/** Turns uniform words into `count` standard normals, as `boxMuller` does. */
export type NormalsOf = (words: Uint32Array, count: number) => Float32Array;

/** Words drawn at once: less than what one call of the generator may fill. */
const MOST = 2 ** 24;

/**
 * `count` standard normals for the noise of private releases: from the cryptographic generator behind node:crypto, which
 * the operating system seeds, so that nobody can draw them again; not even this process. `normalsOf` may be a faster
 * form of Box–Muller, such as the kernels' (src/engine/normals.ts).
 */
export function cryptographicNormal(count: number, normalsOf: NormalsOf = boxMuller): Float32Array {
  return normalsOf(cryptographicWords(2 * Math.ceil(count / 2)), count);
}

/** `count` uniform 32-bit words from the same generator. */
export function cryptographicWords(count: number): Uint32Array {
  const words = new Uint32Array(count);
  for (let from = 0; from < words.length; from += MOST) randomFillSync(words.subarray(from, from + MOST));
  return words;
}
