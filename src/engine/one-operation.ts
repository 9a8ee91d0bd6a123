import type * as tf from '@tensorflow/tfjs';
import type { Machine } from './machine';
import { type DType, type Graph, sizeOf } from './program/ir';
import { Program, type Values } from './program/program';
import { Untraceable } from './trace';
import { Builder, type Value } from './trace/builder';
import { loweringOf } from './trace/registry';

/** Elements of the engine's memory that programs of one operation may hold together; the one used longest ago goes. */
const HELD = 1 << 24;

export interface Argument {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly values: ArrayLike<number>;
}

export interface Result {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly values: Values;
}

interface Kept {
  readonly program: Program<tf.Variable>;
  readonly results: readonly Value[];
}

/** Programs of one tfjs kernel each, made for the shapes and attributes that it is called with and kept. */
export class OperationPrograms {
  private readonly kept = new Map<string, Kept>();
  private readonly impossible = new Set<string>();
  private held = 0;

  constructor(private readonly machine: Machine) {}

  /** The results, as arrays of their own; undefined where the kernel cannot be run in this form. */
  run(
    kernelName: string,
    inputs: readonly Argument[],
    attributes: Readonly<Record<string, unknown>>,
  ): readonly Result[] | undefined {
    const shapes = inputs.map(({ name, shape, dtype }) => `${name}:${dtype}[${shape}]`);
    const key = `${kernelName} ${shapes.join(' ')} ${JSON.stringify(attributes)}`;
    if (this.impossible.has(key)) return undefined;
    const found = this.kept.get(key) ?? this.make(kernelName, inputs, attributes);
    if (found === undefined) {
      this.impossible.add(key);
      return undefined;
    }
    const views = found.program.execute(Object.fromEntries(inputs.map(({ name, values }) => [name, values])));
    const results = found.results.map(({ shape, dtype }, i) => ({ shape, dtype, values: views[`y${i}`]!.slice() }));
    this.keep(key, found);
    return results;
  }

  private make(
    kernelName: string,
    inputs: readonly Argument[],
    attributes: Readonly<Record<string, unknown>>,
  ): Kept | undefined {
    const lowered = lowerOne(kernelName, inputs, attributes);
    if (lowered === undefined) return undefined;
    const program = Program.make(lowered.graph, this.machine);
    this.held += program.elements;
    return { program, results: lowered.results };
  }

  /** Puts a program last in line and lets go of the first ones while too much is held. */
  private keep(key: string, used: Kept): void {
    this.kept.delete(key);
    this.kept.set(key, used);
    for (const [oldest, { program }] of this.kept) {
      if (this.held <= HELD) break;
      this.held -= program.elements;
      this.kept.delete(oldest);
      program.dispose();
    }
  }
}

function lowerOne(
  kernelName: string,
  inputs: readonly Argument[],
  attributes: Readonly<Record<string, unknown>>,
): { graph: Graph<tf.Variable>; results: readonly Value[] } | undefined {
  const builder = new Builder();
  const values = inputs.map(({ name, shape, dtype }) => builder.input(name, shape, dtype));
  try {
    const lowered = loweringOf(kernelName)({
      builder,
      inputs: Object.fromEntries(inputs.map(({ name }, i) => [name, values[i]!])),
      list: values,
      attributes: Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null)),
    });
    const results = Array.isArray(lowered) ? (lowered as readonly Value[]) : [lowered as Value];
    if (results.some(({ shape }) => sizeOf(shape) === 0)) return undefined;
    return { graph: builder.graph(Object.fromEntries(results.map((value, i) => [`y${i}`, value]))), results };
  } catch (error) {
    // Shapes that do not fit are reported by tfjs' own kernel, in its words.
    if (error instanceof Untraceable || error instanceof RangeError) return undefined;
    throw error;
  }
}
