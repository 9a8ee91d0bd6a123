import { constants, gunzipSync } from 'node:zlib';
import { KdlabError, messageOf } from '../core/errors';

/** An array of unsigned bytes, row-major. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;
/** More axes than any data set has; bounds the header, so that its sizes cannot overflow a float64. */
const MAX_AXES = 8;
const MAX_BYTES = 2 ** 30;
/** Compressed bytes that surely hold the header. */
const GZIP_HEAD = 4096;

/**
 * Parses the IDX format of the MNIST files: two zero bytes, element type, number of axes, one big-endian uint32 for
 * each axis, then the elements. Plain or gzip (recognised by its first bytes). Only unsigned bytes are supported.
 *
 * The sizes in the header are compared with what is there before anything is allocated for them, and
 * decompression stops at the size the header states. Throws KdlabError, which names `file`, on anything else than
 * a whole file.
 */
export function parseIdx(bytes: Uint8Array, file: string): IdxArray {
  const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const head = packed ? unpack(bytes.subarray(0, GZIP_HEAD), file, { finishFlush: constants.Z_SYNC_FLUSH }) : bytes;
  const { shape, start, size } = parseHeader(head, file);
  if (size > MAX_BYTES)
    throw damaged(file, `its header states sizes ${shape.join(' × ')}, more than ${MAX_BYTES} bytes`);
  const whole = packed ? unpack(bytes, file, { maxOutputLength: start + size }) : bytes;
  if (whole.length !== start + size)
    throw damaged(file, `its header states ${shape.join(' × ')} = ${size} elements, found ${whole.length - start}`);
  // Not a Buffer: its `slice` is a view, that of a Uint8Array a copy.
  return { shape, data: new Uint8Array(whole.buffer, whole.byteOffset + start, size) };
}

function parseHeader(head: Uint8Array, file: string): { shape: number[]; start: number; size: number } {
  if (head.length < 4) throw damaged(file, `it ends after ${head.length} bytes, within the header`);
  const [zero0, zero1, type, axes] = head as unknown as [number, number, number, number];
  if (zero0 !== 0 || zero1 !== 0)
    throw damaged(file, `it starts with ${hex(head.subarray(0, 4))}, expected 00 00 08 …`);
  if (type !== UNSIGNED_BYTE) throw damaged(file, `its element type is ${hex([type])}, expected 08 (unsigned bytes)`);
  if (axes < 1 || axes > MAX_AXES) throw damaged(file, `its header states ${axes} axes, expected 1 to ${MAX_AXES}`);
  const start = 4 + 4 * axes;
  if (head.length < start) throw damaged(file, `it ends after ${head.length} bytes, within the header`);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  return { shape, start, size: shape.reduce((product, length) => product * length, 1) };
}

function unpack(
  bytes: Uint8Array,
  file: string,
  options: { finishFlush?: number; maxOutputLength?: number },
): Uint8Array {
  try {
    return gunzipSync(bytes, { chunkSize: 2 ** 18, ...options });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw damaged(file, 'it holds more than its header states');
    if (code === 'Z_BUF_ERROR')
      throw damaged(file, `the compressed data stop after ${bytes.length} bytes: it is truncated`);
    throw damaged(file, `its compressed data are corrupt (${messageOf(error)})`);
  }
}

function damaged(file: string, what: string): KdlabError {
  return new KdlabError(`${file} is not a whole IDX file: ${what}. Delete it and fetch it again.`);
}

function hex(bytes: ArrayLike<number>): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
