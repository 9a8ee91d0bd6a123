import type { Executor } from '../executor';
import type { Memory } from '../memory';
import { durationOf } from './duration';
import { encode } from './encode';
import { fuse } from './fuse';
import type { DType, Graph, NodeId } from './ir';
import { type Place, plan } from './plan';
import { printProgram } from './print-program';
import { schedule } from './schedule';
import type { Instruction, Layout } from './words';

/** Where variables live in the engine's memory. */
export interface Homes<V> {
  /** The address of a variable's elements, the same for its life. */
  address(variable: V): number;
  /** Makes the memory hold what the variables are now; called before each run. */
  refresh(variables: readonly V[]): void;
}

export type Values = Float32Array | Int32Array;

/** Nanoseconds of one thread below which waking the others, and waiting for them on a busy machine, is not worth it. */
const SOON_DONE = 50_000;

interface Given {
  readonly view: Values;
  readonly shape: readonly number[];
  given: boolean;
}

/** A graph made ready to run: its instructions, loaded, and its own memory. */
export class Program<V = unknown> {
  private constructor(
    private readonly machine: { readonly executor: Executor; readonly memory: Memory; readonly slots: Homes<V> },
    private readonly handle: number,
    private readonly alone: boolean,
    private readonly base: number,
    private readonly variables: readonly V[],
    private readonly inputs: ReadonlyMap<string, Given>,
    private readonly views: Readonly<Record<string, Values>>,
    /** Elements of its own memory: inputs, constants and the peak of intermediate results. Variables come on top. */
    readonly elements: number,
    readonly instructions: readonly Instruction[],
    /** Steps, instructions and buffers, to be read by people. */
    readonly text: string,
  ) {}

  /** Throws KdlabError where the engine's memory does not hold it. */
  static make<V>(
    graph: Graph<V>,
    machine: { readonly executor: Executor; readonly memory: Memory; readonly slots: Homes<V> },
  ): Program<V> {
    const { executor, memory, slots } = machine;
    const fused = fuse(graph);
    const scheduled = schedule(fused);
    const planned = plan(fused, scheduled);
    const base = memory.allocate(Math.max(1, planned.elements));
    const used = new Set<number>();
    for (const place of planned.places.values()) if ('variable' in place) used.add(place.variable);
    const homes = graph.variables.map((variable, i) => (used.has(i) ? slots.address(variable) : undefined));
    const addressOf = (place: Place) => ('variable' in place ? homes[place.variable]! : base + place.offset);
    const layout: Layout = {
      address: (value) => addressOf(planned.places.get(value)!),
      dtype: (value) => scheduled.values[value]!.dtype,
      elements: (value) => scheduled.values[value]!.elements,
    };
    const { code, instructions } = encode(scheduled.rounds, layout);
    const view = (value: NodeId): Values =>
      viewOf(executor, layout.address(value), layout.elements(value), layout.dtype(value));
    for (const { value, contents } of fused.constants) view(value).set(contents);
    const inputs = new Map(
      fused.inputs.map(({ name, value, shape }) => [name, { view: view(value), shape, given: false }]),
    );
    return new Program(
      machine,
      executor.load(code),
      scheduled.rounds.flat().reduce((sum, step) => sum + durationOf(step, layout.elements), 0) < SOON_DONE,
      base,
      graph.variables.filter((_, i) => used.has(i)),
      inputs,
      Object.fromEntries(fused.outputs.map(({ name, value }) => [name, view(value)])),
      planned.elements,
      instructions,
      printProgram(scheduled, planned, instructions),
    );
  }

  /**
   * Copies the inputs in and runs once. An input may be left out when it is what it was at the last run. The results are
   * views of the program's memory, overwritten by the next run; int32 and bool come as Int32Array.
   */
  execute(inputs: Readonly<Record<string, ArrayLike<number>>>): Readonly<Record<string, Values>> {
    for (const name in inputs) {
      const input = this.inputs.get(name);
      const values = inputs[name]!;
      if (input === undefined)
        throw new RangeError(`the program has no input "${name}"; it has ${[...this.inputs.keys()].join(', ')}`);
      if (values.length !== input.view.length)
        throw new RangeError(`input "${name}" has ${values.length} elements, expected [${input.shape}]`);
      input.view.set(values);
      input.given = true;
    }
    for (const [name, { given }] of this.inputs)
      if (!given) throw new RangeError(`the program was not given its input "${name}"`);
    this.machine.slots.refresh(this.variables);
    this.machine.executor.run(this.handle, this.alone);
    return this.views;
  }

  /** As `execute`; results of other types than float32 are given as floats. */
  run(inputs: Readonly<Record<string, ArrayLike<number>>>): Record<string, Float32Array> {
    const results: Record<string, Float32Array> = {};
    for (const [name, values] of Object.entries(this.execute(inputs)))
      results[name] = values instanceof Float32Array ? values : Float32Array.from(values);
    return results;
  }

  dispose(): void {
    this.machine.executor.unload(this.handle);
    this.machine.memory.free(this.base);
  }
}

/** A typed view of a buffer. */
export function viewOf(executor: Executor, address: number, elements: number, dtype: DType): Values {
  return dtype === 'float32' ? executor.floats(address, elements) : executor.ints(address, elements);
}
