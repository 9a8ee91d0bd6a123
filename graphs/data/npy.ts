import { KdlabError, messageOf } from '../../src/core/errors';
import { bytesOf, decodeNumbers, NUMBER_TYPES, type Numbers } from './numbers';

export interface NpyArray {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: Numbers;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/**
 * An array in numpy's .npy format, versions 1 to 3: numbers, little-endian, in row order. An array of objects is a
 * pickle; it is refused, never decoded. Throws KdlabError naming `member`.
 */
export function parseNpy(bytes: Uint8Array, member: string): NpyArray {
  const refuse = (what: string) => new KdlabError(`${member} is not an array of numbers that kdlab reads: ${what}`);
  const version = bytes[6] ?? 0;
  if (bytes.length < 12 || MAGIC.some((byte, i) => bytes[i] !== byte) || version < 1 || version > 3)
    throw refuse('it does not begin with the magic of .npy, version 1 to 3');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (start + length > bytes.length) throw refuse(`its header of ${length} bytes is cut off`);
  const header = Buffer.from(bytes.subarray(start, start + length)).toString('latin1');
  const descr = /'descr': *'([^']*)'/.exec(header)?.[1];
  const sizes = /'shape': *\(([\d, ]*)\)/.exec(header)?.[1];
  if (descr === undefined || sizes === undefined) throw refuse('its header states no type or no shape');
  if (descr.includes('O')) throw refuse('it holds pickled objects, which are never decoded');
  const [, order, type] = /^([<|>=])?(\w+)$/.exec(descr) ?? [];
  const size = type === undefined ? undefined : bytesOf(type);
  if (type === undefined || size === undefined || order === '>')
    throw refuse(`its type is "${descr}", expected little-endian ${NUMBER_TYPES.join(', ')}`);
  if (!/'fortran_order': *False/.test(header)) throw refuse('it is in column order');
  const shape = sizes
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  const expected = shape.reduce((product, part) => product * part, size);
  const data = bytes.subarray(start + length);
  if (data.length !== expected)
    throw refuse(`its shape (${shape.join(', ')}) of ${descr} takes ${expected} bytes, found ${data.length}`);
  try {
    return { shape, values: decodeNumbers(type, data) };
  } catch (error) {
    throw refuse(messageOf(error));
  }
}
