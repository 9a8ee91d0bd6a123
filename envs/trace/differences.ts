import type { Replay, ReplayedEpisode } from './replay';
import type { Trace } from './trace';

/** How far a replayed episode is from what was recorded. */
export interface EpisodeDifference {
  readonly steps: number;
  /** Largest |computed − recorded| / max(1, |recorded|) by field of numbers; absent where the trace lacks the field. */
  readonly states?: number;
  readonly observations?: number;
  readonly rewards?: number;
  /** Steps whose cells, terminated or truncated differ. */
  readonly unequal: number;
  /** The first step at which anything differs by more than 1e-9; absent where none does. */
  readonly firstDifference?: number;
}

const NOTICEABLE = 1e-9;

/** Compares every field that the trace has beside what decides the replay. */
export function differences(trace: Trace, replayed: Replay): EpisodeDifference[] {
  return replayed.episodes.map((ours, e) => difference(trace.episodes[e]!, ours));
}

function difference(recorded: Trace['episodes'][number], ours: ReplayedEpisode): EpisodeDifference {
  const steps = ours.rewards.length;
  let unequal = 0;
  let first: number | undefined;
  const largest: Record<string, number> = {};
  for (let t = 0; t < steps; t++) {
    let differs = false;
    for (const field of ['states', 'observations', 'rewards'] as const) {
      const theirs = recorded[field]?.[t];
      if (theirs === undefined) continue;
      const distance = farthest(ours[field]?.[t], theirs);
      largest[field] = Math.max(largest[field] ?? 0, distance);
      // Observations are float32: the last bit of a state may decide how they are rounded.
      if (field !== 'observations' && !(distance <= NOTICEABLE)) differs = true;
    }
    for (const field of ['cells', 'terminated', 'truncated'] as const) {
      const theirs = recorded[field]?.[t];
      if (theirs === undefined || JSON.stringify(theirs) === JSON.stringify(ours[field]?.[t])) continue;
      unequal++;
      differs = true;
    }
    if (differs) first ??= t;
  }
  return { steps, ...largest, unequal, ...(first !== undefined && { firstDifference: first }) };
}

function farthest(ours: number | readonly number[] | undefined, theirs: number | readonly number[]): number {
  const a = typeof ours === 'number' ? [ours] : (ours ?? []);
  const b = typeof theirs === 'number' ? [theirs] : theirs;
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return b.reduce((most, value, k) => Math.max(most, Math.abs(a[k]! - value) / Math.max(1, Math.abs(value))), 0);
}
