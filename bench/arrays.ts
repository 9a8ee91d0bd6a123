import fs from 'node:fs';
import path from 'node:path';
import type { Arrays } from './workload';

interface Entry {
  readonly dtype: 'float32' | 'int32' | 'uint8';
  readonly shape: readonly number[];
  /** Bytes from the beginning of the file. */
  readonly offset: number;
  readonly count: number;
}

const TYPES = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array } as const;

/** Writes `arrays.bin` (little-endian values one array after the other) and `arrays.json` (what stands where). */
export function writeArrays(folder: string, arrays: Arrays): void {
  const entries: Record<string, Entry> = {};
  const file = fs.openSync(path.join(folder, 'arrays.bin'), 'w');
  let offset = 0;
  for (const [name, { shape, values }] of Object.entries(arrays)) {
    const dtype = values instanceof Float32Array ? 'float32' : values instanceof Int32Array ? 'int32' : 'uint8';
    entries[name] = { dtype, shape, offset, count: values.length };
    fs.writeSync(file, values, 0, values.byteLength, offset);
    offset += values.byteLength;
  }
  fs.closeSync(file);
  fs.writeFileSync(path.join(folder, 'arrays.json'), JSON.stringify(entries));
}

export function readArrays(folder: string): Arrays {
  const entries = JSON.parse(fs.readFileSync(path.join(folder, 'arrays.json'), 'utf8')) as Record<string, Entry>;
  const file = fs.openSync(path.join(folder, 'arrays.bin'), 'r');
  const read = ({ dtype, shape, offset, count }: Entry) => {
    const values = new TYPES[dtype](count);
    fs.readSync(file, values, 0, values.byteLength, offset);
    return { shape, values };
  };
  const arrays = Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, read(entry)]));
  fs.closeSync(file);
  return arrays;
}
