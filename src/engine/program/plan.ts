import { Arena } from './arena';
import { isIdentity } from './index-map';
import type { NodeId } from './ir';
import type { Schedule } from './schedule';
import { type Fused, readsOf, type Step, writesOf } from './steps';

/** Where values lie: in the home of a variable, or in the program's own memory at an offset. */
export type Place = { readonly variable: number } | { readonly offset: number };

export interface Plan {
  readonly places: ReadonlyMap<NodeId, Place>;
  /** Elements of the program's own memory: inputs, constants and the peak of what comes and goes. */
  readonly elements: number;
  /** Elements all values would take if none shared a place. */
  readonly unshared: number;
}

/**
 * Gives every value a place. Inputs and constants keep theirs; outputs keep theirs to the end; others give it up after the
 * round that reads them last, or to the result of an element-wise step that reads them last.
 */
export function plan(fused: Fused, { rounds, values, homes }: Schedule): Plan {
  const places = new Map<NodeId, Place>();
  const arena = new Arena();
  const own = new Set<NodeId>();
  let unshared = 0;
  const elements = (value: NodeId) => values[value]!.elements;
  const place = (value: NodeId, offset: number) => {
    places.set(value, { offset });
    unshared += elements(value);
  };
  for (const [variable, value] of fused.variables.entries()) if (value !== undefined) places.set(value, { variable });
  for (const [value, variable] of homes) places.set(value, { variable });
  for (const { value } of [...fused.inputs, ...fused.constants]) place(value, arena.take(elements(value)));
  const lasting = new Set(fused.outputs.map(({ value }) => value));
  const lastRead = new Map<NodeId, number>();
  rounds.forEach((steps, at) => {
    for (const step of steps) for (const value of [...readsOf(step), ...writesOf(step)]) lastRead.set(value, at);
  });
  for (const [at, steps] of rounds.entries()) {
    const readers = new Map<NodeId, number>();
    for (const step of steps) for (const value of readsOf(step)) readers.set(value, (readers.get(value) ?? 0) + 1);
    const dies = (value: NodeId) => own.has(value) && lastRead.get(value) === at && !lasting.has(value);
    for (const step of steps)
      for (const output of writesOf(step)) {
        if (places.has(output)) continue;
        const given = heirloom(step, elements(output), (value) => dies(value) && readers.get(value) === 1, values);
        if (given === undefined) place(output, arena.take(elements(output)));
        else {
          place(output, (places.get(given) as { offset: number }).offset);
          own.delete(given);
        }
        own.add(output);
      }
    for (const value of [...own])
      if (dies(value)) {
        arena.give((places.get(value) as { offset: number }).offset, elements(value));
        own.delete(value);
      }
  }
  return { places, elements: arena.size, unshared };
}

/** A value whose place an element-wise step may write a result to: it reads it element by element in its own place. */
function heirloom(
  step: Step,
  elements: number,
  free: (value: NodeId) => boolean,
  values: Schedule['values'],
): NodeId | undefined {
  if (step.kind !== 'map') return undefined;
  const { loads } = step.body;
  return loads.find(
    ({ value }) =>
      values[value]!.elements === elements &&
      free(value) &&
      loads.every((load) => load.value !== value || isIdentity(load.map)),
  )?.value;
}
