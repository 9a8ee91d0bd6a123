/** How far a trial has come: its score at each rung it has reached, less being better. */
export interface Climber {
  readonly scores: readonly number[];
  /** True while it is on its way to the next rung. */
  readonly busy: boolean;
  /** True where it failed: it goes no further. */
  readonly failed: boolean;
}

/** Share of the budget at which a rung lies, the last one at 1: `eta^(rung + 1 − rungs)`. */
export function rungShare(rung: number, { eta, rungs }: { eta: number; rungs: number }): number {
  return eta ** (rung + 1 - rungs);
}

/**
 * The trial that asynchronous successive halving (ASHA; Li et al. 2020) takes to its next rung: from the highest rung
 * down, one of the best 1/eta of those that have reached it and not gone on. With `closing`, when nothing runs and
 * nothing is to be begun, a ladder with too few trials for its rungs still brings its best one to the top.
 * Undefined where none may go on.
 */
export function promotable(
  trials: readonly Climber[],
  { eta, rungs, closing }: { eta: number; rungs: number; closing: boolean },
): number | undefined {
  for (let rung = rungs - 2; rung >= 0; rung--) {
    const best = ranked(trials, rung);
    const chosen = best.slice(0, Math.floor(best.length / eta)).find((i) => waits(trials[i]!, rung));
    if (chosen !== undefined) return chosen;
  }
  if (!closing || trials.some(({ scores }) => scores.length === rungs)) return undefined;
  for (let rung = rungs - 2; rung >= 0; rung--) {
    const chosen = ranked(trials, rung).find((i) => waits(trials[i]!, rung));
    if (chosen !== undefined) return chosen;
  }
  return undefined;
}

/** Who has reached a rung, the best first. */
function ranked(trials: readonly Climber[], rung: number): number[] {
  return trials
    .flatMap(({ scores }, i) => (scores.length > rung ? [i] : []))
    .sort((a, b) => trials[a]!.scores[rung]! - trials[b]!.scores[rung]!);
}

function waits({ scores, busy, failed }: Climber, rung: number): boolean {
  return scores.length === rung + 1 && !busy && !failed && Number.isFinite(scores[rung]);
}
