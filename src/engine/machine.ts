import type { Executor } from './executor';
import type { Memory } from './memory';
import type { Slots } from './program/slots';

/** A running engine of compiled programs: what executes them, its memory, and where variables live in it. */
export interface Machine {
  readonly executor: Executor;
  readonly memory: Memory;
  readonly slots: Slots;
}

let active: Machine | undefined;

/** The machine that tfjs' current backend shares its memory with; undefined where an eager engine runs. */
export function activeMachine(): Machine | undefined {
  return active;
}

/** Called by `selectEngine` alone. */
export function activate(machine: Machine | undefined): void {
  active = machine;
}
