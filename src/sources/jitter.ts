import type { Shift } from '../data/batch';
import type { Rng } from '../math/rng';

/**
 * Random shifts of −pixels … +pixels along both axes. The shift of an example depends on `rng` and its number alone,
 * neither on its neighbours in the batch nor on what was drawn before. Its bias is below 2⁻²⁸ for a few pixels.
 */
export function jitter(rng: Rng, pixels: number): (id: number) => Shift {
  const draw = (word: number) => Math.floor((word / 2 ** 32) * (2 * pixels + 1)) - pixels;
  return (id) => {
    const [down, right] = rng.split('example', id).words(2) as unknown as [number, number];
    return { down: draw(down), right: draw(right) };
  };
}
