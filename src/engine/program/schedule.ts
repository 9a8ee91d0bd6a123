import { identity, isIdentity } from './index-map';
import type { NodeId } from './ir';
import { type Fused, readsOf, type Step, type Value, writesOf } from './steps';

/** Steps in rounds: those of one round do not depend on each other, so that a barrier between rounds is enough. */
export interface Schedule {
  readonly rounds: readonly (readonly Step[])[];
  readonly values: readonly (Value | undefined)[];
  /** Values written where a variable lives: its new value. */
  readonly homes: ReadonlyMap<NodeId, number>;
}

/**
 * The fewest rounds there can be. A new value of a variable is written over the old one where every other reader of the
 * old one can come before; elsewhere it is copied there at the end.
 */
export function schedule(fused: Fused): Schedule {
  return new Scheduling(fused).run();
}

class Scheduling {
  private readonly steps: Step[];
  private readonly values: (Value | undefined)[];
  private readonly writers = new Map<NodeId, number>();
  private readonly readers = new Map<NodeId, number[]>();
  private readonly after: Set<number>[];
  private readonly homes = new Map<NodeId, number>();

  constructor(private readonly fused: Fused) {
    this.steps = [...fused.steps];
    this.values = [...fused.values];
    this.steps.forEach((step, at) => {
      for (const value of writesOf(step)) this.writers.set(value, at);
      for (const value of readsOf(step)) this.readers.set(value, [...(this.readers.get(value) ?? []), at]);
    });
    this.after = this.steps.map(() => new Set());
    for (const [value, readers] of this.readers) {
      const writer = this.writers.get(value);
      if (writer !== undefined) for (const reader of readers) this.after[writer]!.add(reader);
    }
  }

  run(): Schedule {
    const { variables, updates } = this.fused;
    const updated = new Set(updates.map((update) => update.variable));
    const copies: { variable: number; value: NodeId }[] = [];
    const made: { variable: number; value: NodeId }[] = [];
    // First what reads old values of other variables, so that all readers are known when one is overwritten.
    for (const { variable, value } of updates) {
      const other = variables.indexOf(value);
      if (other < 0) made.push({ variable, value });
      else if (other !== variable)
        copies.push({ variable, value: updated.has(other) ? this.addCopy(value, this.addValue(value)) : value });
    }
    for (const { variable, value } of made) if (!this.putInPlace(variable, value)) copies.push({ variable, value });
    for (const { variable, value } of copies) {
      const output = this.addValue(value);
      this.homes.set(output, variable);
      this.addCopy(value, output);
      this.follow(this.readersOf(variable), this.steps.length - 1);
    }
    return { rounds: this.rounds(), values: this.values, homes: this.homes };
  }

  private readersOf(variable: number): readonly number[] {
    return this.readers.get(this.fused.variables[variable] ?? -1) ?? [];
  }

  private follow(before: readonly number[], at: number): void {
    for (const reader of before) if (reader !== at) this.after[reader]!.add(at);
  }

  private addValue(like: NodeId): NodeId {
    return this.values.push(this.values[like]) - 1;
  }

  private addCopy(value: NodeId, output: NodeId): NodeId {
    const count = this.values[value]!.elements;
    const map = identity(count);
    const at = this.steps.push({ kind: 'copy', parts: [{ count, from: { value, map }, to: map }], output }) - 1;
    this.after.push(new Set());
    this.writers.set(output, at);
    this.readers.set(value, [...(this.readers.get(value) ?? []), at]);
    const writer = this.writers.get(value);
    if (writer !== undefined) this.after[writer]!.add(at);
    return output;
  }

  private putInPlace(variable: number, value: NodeId): boolean {
    const writer = this.writers.get(value);
    if (writer === undefined || this.homes.has(value)) return false;
    const readers = this.readersOf(variable);
    const old = this.fused.variables[variable];
    const step = this.steps[writer]!;
    if (readers.includes(writer)) {
      // An element read and written by one instruction is safe where it is read in its own place only.
      if (step.kind !== 'map') return false;
      if (step.body.loads.some((load) => load.value === old && !isIdentity(load.map))) return false;
    }
    const reached = this.reachedFrom(writer);
    if (readers.some((reader) => reader !== writer && reached.has(reader))) return false;
    this.homes.set(value, variable);
    this.follow(readers, writer);
    return true;
  }

  private reachedFrom(start: number): Set<number> {
    const reached = new Set<number>();
    const pending = [start];
    for (let at = pending.pop(); at !== undefined; at = pending.pop())
      for (const next of this.after[at]!)
        if (!reached.has(next)) {
          reached.add(next);
          pending.push(next);
        }
    return reached;
  }

  private rounds(): Step[][] {
    const { steps, after } = this;
    const round = steps.map(() => 0);
    const waiting = steps.map(() => 0);
    for (const followers of after) for (const next of followers) waiting[next]!++;
    const order = [...steps.keys()].filter((at) => waiting[at] === 0);
    for (const at of order)
      for (const next of after[at]!) {
        round[next] = Math.max(round[next]!, round[at]! + 1);
        if (--waiting[next]! === 0) order.push(next);
      }
    if (order.length < steps.length) throw new Error('the steps of a program depend on each other in a circle');
    // What makes much of little waits until it is needed, so that its result does not lie about.
    for (const at of order.reverse()) {
      const next = Math.min(...[...after[at]!].map((follower) => round[follower]!));
      if (Number.isFinite(next) && this.grows(steps[at]!)) round[at] = next - 1;
    }
    const rounds: Step[][] = [];
    steps.forEach((step, at) => {
      while (rounds.length <= round[at]!) rounds.push([]);
      rounds[round[at]!]!.push(step);
    });
    return rounds;
  }

  private grows(step: Step): boolean {
    const size = (values: readonly NodeId[]) => values.reduce((sum, value) => sum + this.values[value]!.elements, 0);
    const passing = readsOf(step).filter((value) => this.writers.has(value));
    return size(writesOf(step)) > size(passing);
  }
}
