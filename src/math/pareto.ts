/** One quality of a candidate and which way is better. */
export interface Goal {
  readonly values: readonly number[];
  readonly higherIsBetter: boolean;
}

/**
 * Which candidates no other beats: none is at least as good in every goal and better in one. A candidate with a value
 * that is not finite is never on the front. `goals` hold one value a candidate. Equal candidates stand together.
 */
export function paretoFront(goals: readonly Goal[]): boolean[] {
  const count = goals[0]?.values.length ?? 0;
  const scores = goals.map(({ values, higherIsBetter }) => values.map((value) => (higherIsBetter ? value : -value)));
  const comparable = Array.from({ length: count }, (_, i) => scores.every((score) => Number.isFinite(score[i])));
  const beats = (a: number, b: number) =>
    scores.every((score) => score[a]! >= score[b]!) && scores.some((score) => score[a]! > score[b]!);
  return comparable.map((able, i) => able && !comparable.some((other, j) => other && beats(j, i)));
}
