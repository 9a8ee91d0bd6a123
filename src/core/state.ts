/** What may be saved with a run: JSON, typed arrays and nested records of both. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type NumericArray = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;
export type State = { readonly [key: string]: Json | NumericArray | State };

export function isNumericArray(value: unknown): value is NumericArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}
