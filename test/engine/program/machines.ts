import type * as tf from '@tensorflow/tfjs';
import type { Executor } from '../../../src/engine/executor';
import { loadNative } from '../../../src/engine/executors/native';
import { loadWasm } from '../../../src/engine/executors/wasm';
import { Memory } from '../../../src/engine/memory';
import type { Graph } from '../../../src/engine/program/ir';
import { type Homes, Program } from '../../../src/engine/program/program';
import { Interpreter } from './interpreter';

export interface TestMachine {
  readonly label: string;
  readonly executor: Executor;
  readonly memory: Memory;
}

function machine(label: string, executor: Executor): TestMachine {
  return { label, executor, memory: new Memory(executor) };
}

let made: TestMachine[] | undefined;

/** The interpreter in both orders, and the compiled kernels in each form that loads here. */
export function machines(): readonly TestMachine[] {
  made ??= make();
  return made;
}

function make(): TestMachine[] {
  const loaded = { native: loadNative(2), wasm: loadWasm(2) };
  return [
    machine('interpreter', new Interpreter(1 << 18)),
    machine('interpreter, backwards', new Interpreter(1 << 18, true)),
    ...Object.entries(loaded).flatMap(([name, found]) => ('executor' in found ? [machine(name, found.executor)] : [])),
  ];
}

/** Homes of variables given their values by hand. */
export class PlainHomes implements Homes<tf.Variable> {
  private readonly addresses = new Map<tf.Variable, number>();

  constructor(private readonly on: TestMachine) {}

  address(variable: tf.Variable): number {
    let address = this.addresses.get(variable);
    if (address === undefined) {
      address = this.on.memory.allocate(variable.size);
      this.addresses.set(variable, address);
    }
    return address;
  }

  refresh(): void {}

  values(variable: tf.Variable): Float32Array {
    return this.on.executor.floats(this.address(variable), variable.size);
  }

  free(): void {
    for (const address of this.addresses.values()) this.on.memory.free(address);
  }
}

/** Runs a graph `runs` times from the same values of its variables; what it gave and what they became the last time. */
export function runOn(
  on: TestMachine,
  graph: Graph<tf.Variable>,
  inputs: Readonly<Record<string, Float32Array | Int32Array>>,
  variables: readonly Float32Array[],
  runs = 1,
): { outputs: Record<string, number[]>; variables: number[][]; program: Program<tf.Variable> } {
  const slots = new PlainHomes(on);
  const program = Program.make(graph, { ...on, slots });
  try {
    let outputs: Record<string, number[]> = {};
    for (let run = 0; run < runs; run++) {
      for (const [i, variable] of graph.variables.entries()) slots.values(variable).set(variables[i]!);
      const views = program.execute(run === 0 ? inputs : {});
      outputs = Object.fromEntries(Object.entries(views).map(([name, view]) => [name, [...view]]));
    }
    return { outputs, variables: graph.variables.map((variable) => [...slots.values(variable)]), program };
  } finally {
    program.dispose();
    slots.free();
  }
}
