/** Degree and coefficients of the primitive polynomial, first direction numbers: of dimensions 2, 3, … */
type Direction = readonly [degree: number, polynomial: number, initial: readonly number[]];

/** Joe & Kuo, "Constructing Sobol sequences with better two-dimensional projections", 2008: new-joe-kuo-6, first rows. */
const DIRECTIONS: readonly Direction[] = [
  [1, 0, [1]],
  [2, 1, [1, 3]],
  [3, 1, [1, 3, 1]],
  [3, 2, [1, 1, 1]],
  [4, 1, [1, 1, 3, 3]],
  [4, 4, [1, 3, 5, 13]],
  [5, 2, [1, 1, 5, 5, 17]],
  [5, 4, [1, 1, 5, 5, 5]],
  [5, 7, [1, 1, 7, 11, 19]],
  [5, 11, [1, 1, 5, 1, 1]],
  [5, 13, [1, 1, 1, 3, 11]],
  [5, 14, [1, 3, 5, 5, 31]],
  [6, 1, [1, 3, 3, 9, 7, 49]],
  [6, 13, [1, 1, 1, 15, 21, 21]],
  [6, 16, [1, 3, 1, 13, 27, 49]],
  [6, 19, [1, 1, 1, 15, 7, 5]],
  [6, 22, [1, 3, 1, 15, 13, 25]],
  [6, 25, [1, 1, 5, 5, 19, 61]],
  [7, 1, [1, 3, 7, 11, 23, 15, 103]],
];

export const SOBOL_DIMENSIONS = DIRECTIONS.length + 1;
const BITS = 32;

/**
 * Point `index` of Sobol's sequence in [0, 1)^dimensions, in Gray code order (Antonov & Saleev 1979); point 0 is the
 * origin. `shift`, one unsigned word a dimension, moves the whole sequence by exclusive or, which keeps its evenness and
 * takes the first point out of the corner. Throws RangeError for more dimensions than there are direction numbers.
 */
export function sobolPoint(index: number, dimensions: number, shift?: ArrayLike<number>): number[] {
  if (!Number.isSafeInteger(index) || index < 0 || index >= 2 ** BITS)
    throw new RangeError(`the index of a Sobol point lies in [0, 2^32), found ${index}`);
  if (!(dimensions >= 1 && dimensions <= SOBOL_DIMENSIONS))
    throw new RangeError(`Sobol points have 1 to ${SOBOL_DIMENSIONS} dimensions, asked for ${dimensions}`);
  const gray = (index ^ (index >>> 1)) >>> 0;
  return Array.from({ length: dimensions }, (_, dimension) => {
    const numbers = directionNumbers(dimension);
    let word = shift?.[dimension] ?? 0;
    for (let bit = 0; bit < BITS; bit++) if ((gray >>> bit) & 1) word ^= numbers[bit]!;
    return (word >>> 0) / 2 ** BITS;
  });
}

const computed = new Map<number, Uint32Array>();

/** The direction numbers of a dimension, shifted to the top of the word. */
function directionNumbers(dimension: number): Uint32Array {
  const known = computed.get(dimension);
  if (known !== undefined) return known;
  const numbers = new Uint32Array(BITS);
  const [degree, polynomial, initial] = DIRECTIONS[dimension - 1] ?? [BITS, 0, new Array<number>(BITS).fill(1)];
  for (let i = 0; i < BITS; i++) {
    if (i < degree) {
      numbers[i] = initial[i]! << (BITS - 1 - i);
      continue;
    }
    let word = numbers[i - degree]! ^ (numbers[i - degree]! >>> degree);
    for (let k = 1; k < degree; k++) if ((polynomial >>> (degree - 1 - k)) & 1) word ^= numbers[i - k]!;
    numbers[i] = word;
  }
  computed.set(dimension, numbers);
  return numbers;
}
