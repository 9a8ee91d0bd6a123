/** Arrays that numbers of a file become. */
export type Numbers = Int8Array | Uint8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** numpy's codes of element types: bytes of one, and how an array is made of little-endian bytes that begin at 0. */
const TYPES: Readonly<Record<string, { bytes: number; of: (buffer: ArrayBuffer) => Numbers }>> = {
  i1: { bytes: 1, of: (buffer) => new Int8Array(buffer) },
  u1: { bytes: 1, of: (buffer) => new Uint8Array(buffer) },
  b1: { bytes: 1, of: (buffer) => new Uint8Array(buffer) },
  i2: { bytes: 2, of: (buffer) => new Int16Array(buffer) },
  i4: { bytes: 4, of: (buffer) => new Int32Array(buffer) },
  i8: { bytes: 8, of: wholeNumbers },
  f4: { bytes: 4, of: (buffer) => new Float32Array(buffer) },
  f8: { bytes: 8, of: (buffer) => new Float64Array(buffer) },
};

export const NUMBER_TYPES: readonly string[] = Object.keys(TYPES);

/** Bytes of one element of a type such as `i4`; undefined for a type that is not read. */
export function bytesOf(type: string): number | undefined {
  return Object.hasOwn(TYPES, type) ? TYPES[type]!.bytes : undefined;
}

/** Little-endian elements as a typed array of its own; 64-bit integers become float64. Throws RangeError beyond 2⁵³. */
export function decodeNumbers(type: string, bytes: Uint8Array): Numbers {
  const known = TYPES[type];
  if (known === undefined || bytes.length % known.bytes !== 0)
    throw new RangeError(`${bytes.length} bytes are no whole number of elements of type ${type}`);
  return known.of(Uint8Array.from(bytes).buffer);
}

function wholeNumbers(buffer: ArrayBuffer): Float64Array {
  return Float64Array.from(new BigInt64Array(buffer), (value) => {
    const number = Number(value);
    if (!Number.isSafeInteger(number)) throw new RangeError(`${value} is too large a number, expected up to 2⁵³ − 1`);
    return number;
  });
}
