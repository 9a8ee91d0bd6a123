import type { DType } from '../program/ir';
import type { Builder, Value } from './builder';
import { Untraceable } from './untraceable';

/** What a tfjs kernel was called with. */
export interface Call {
  readonly builder: Builder;
  readonly inputs: Readonly<Record<string, Value>>;
  /** The inputs of kernels that take a list (Concat, Pack, AddN). */
  readonly list: readonly Value[];
  /** The kernel's attributes; each lowering knows the type of its own. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Says what a kernel computes, in nodes of the intermediate form. */
export type Lowering = (call: Call) => Value | readonly Value[];

const lowerings = new Map<string, Lowering>();

/** Makes a tfjs kernel traceable; also for kernels of the project's own, each in its own file. */
export function registerTracedKernel(kernelName: string, lowering: Lowering): void {
  lowerings.set(kernelName, lowering);
}

export function tracedKernels(): readonly string[] {
  return [...lowerings.keys()];
}

/** Throws Untraceable where the kernel has none. */
export function loweringOf(kernelName: string): Lowering {
  const found = lowerings.get(kernelName);
  if (found === undefined)
    throw new Untraceable(
      kernelName,
      `the operation "${kernelName}" has no compiled form (registerTracedKernel adds one)`,
    );
  return found;
}

/** An attribute by name; the caller knows its type. */
export function attribute<T>({ attributes }: Call, name: string): T {
  return attributes[name] as T;
}

/** Throws Untraceable where the kernel was called without it. */
export function inputOf({ inputs }: Call, name: string): Value {
  const found = inputs[name];
  if (found === undefined) throw new Untraceable(name, `a kernel was called without its input "${name}"`);
  return found;
}

/** Throws Untraceable for strings and complex numbers. */
export function dtypeOf(name: unknown): DType {
  if (name === 'float32' || name === 'int32' || name === 'bool') return name;
  throw new Untraceable(`dtype ${String(name)}`, `tensors of type ${String(name)} cannot be compiled`);
}
