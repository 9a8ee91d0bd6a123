/** A custom operation in float64, by its name. */
export type Evaluator = (call: {
  readonly attributes: Readonly<Record<string, number | readonly number[]>>;
  readonly inputs: readonly Float64Array[];
  readonly shapes: readonly (readonly number[])[];
  readonly shape: readonly number[];
}) => Float64Array;

const evaluators = new Map<string, Evaluator>();

export function registerEvaluator(name: string, evaluator: Evaluator): void {
  evaluators.set(name, evaluator);
}

/** Throws Error where nothing is registered under the name. */
export function customEvaluator(name: string): Evaluator {
  const found = evaluators.get(name);
  if (found === undefined) throw new Error(`no meaning is registered for the custom operation "${name}"`);
  return found;
}
