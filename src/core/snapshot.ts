import { createHash } from 'node:crypto';
import { isNumericArray, type Json, type NumericArray, type State } from './state';

/*
 * A state as one buffer in the safetensors layout (8-byte little-endian header length, JSON header, raw data), so
 * that checkpoints and exported weights open in any language. What is not an array stands as JSON in
 * `__metadata__.state`, beside a SHA-256 of the data.
 */
const DTYPES = {
  F32: Float32Array,
  F64: Float64Array,
  I32: Int32Array,
  U32: Uint32Array,
  U8: Uint8Array,
} as const;
type Dtype = keyof typeof DTYPES;

interface Entry {
  dtype: Dtype;
  shape: number[];
  data_offsets: [number, number];
}

const ARRAY = '$array';

/** Encodes a state; `shapes` gives the shape of an array by its path joined with '/', otherwise it is flat. */
export function encodeState(state: State, shapes: Readonly<Record<string, readonly number[]>> = {}): Buffer {
  const header: Record<string, Entry | Record<string, string>> = {};
  const chunks: Buffer[] = [];
  let offset = 0;
  const strip = (value: Json | NumericArray | State, path: string): Json => {
    if (isNumericArray(value)) {
      const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      const shape = [...(shapes[path] ?? [value.length])];
      header[path] = { dtype: dtypeOf(value), shape, data_offsets: [offset, offset + bytes.length] };
      chunks.push(bytes);
      offset += bytes.length;
      return { [ARRAY]: path };
    }
    if (typeof value === 'number' && !Number.isFinite(value))
      throw new TypeError(`state "${path}" is ${value}; keep non-finite numbers in typed arrays`);
    if (Array.isArray(value)) return value.map((item: Json, i) => strip(item, `${path}/${i}`));
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, strip(item, path === '' ? key : `${path}/${key}`)]),
      );
    return value as Json;
  };
  const skeleton = strip(state, '');
  const data = Buffer.concat(chunks);
  header.__metadata__ = { state: JSON.stringify(skeleton), sha256: digest(data) };
  // The format wants the data aligned to 8 bytes: the header is padded with spaces.
  const json = Buffer.from(JSON.stringify(header));
  const padding = Buffer.alloc((8 - (json.length % 8)) % 8, ' ');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length + padding.length));
  return Buffer.concat([length, json, padding, data]);
}

/** Decodes what `encodeState` made. Throws Error saying how the buffer is damaged. */
export function decodeState(buffer: Buffer): State {
  if (buffer.length < 8) throw new Error(`${buffer.length} bytes, too short to be a checkpoint`);
  const length = Number(buffer.readBigUInt64LE(0));
  if (!(length <= buffer.length - 8))
    throw new Error(`header of ${length} bytes, but the file ends after ${buffer.length}`);
  const header = JSON.parse(buffer.toString('utf8', 8, 8 + length)) as Record<string, Entry> & {
    __metadata__: { state: string; sha256: string };
  };
  const data = buffer.subarray(8 + length);
  if (digest(data) !== header.__metadata__.sha256) throw new Error('its data does not match its own SHA-256');
  const restore = (value: Json): Json | NumericArray | State => {
    if (Array.isArray(value)) return value.map((item: Json) => restore(item) as Json);
    if (typeof value !== 'object' || value === null) return value;
    const record = value as { readonly [key: string]: Json };
    const path = record[ARRAY];
    if (typeof path !== 'string')
      return Object.fromEntries(Object.entries(record).map(([key, item]) => [key, restore(item)]));
    const {
      dtype,
      data_offsets: [from, to],
    } = header[path]!;
    const bytes = Uint8Array.from(data.subarray(from, to));
    const Kind = DTYPES[dtype];
    return new Kind(bytes.buffer, 0, bytes.length / Kind.BYTES_PER_ELEMENT);
  };
  return restore(JSON.parse(header.__metadata__.state) as Json) as State;
}

function dtypeOf(array: NumericArray): Dtype {
  const found = (Object.entries(DTYPES) as [Dtype, (typeof DTYPES)[Dtype]][]).find(([, Kind]) => array instanceof Kind);
  if (found === undefined) throw new TypeError(`cannot save a ${array.constructor.name}`);
  return found[0];
}

function digest(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
