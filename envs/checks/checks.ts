import type { Rng } from '../../src/math/rng';
import type { Dynamics } from '../dynamics';
import { drawing, observing, purity } from './dynamics';
import { calls, determinism, limit, refusals, resets, restoring, saving, steps } from './single';
import { definition } from './spaces';
import { interleaving, resuming, vectors } from './vectors';

/** Throws Error saying what was found and what was expected. */
export type Check = (dynamics: Dynamics, rng: Rng) => void;

/** By name, in the order in which they are made. */
export const checks: Readonly<Record<string, Check>> = {
  'spaces and limits are well formed': definition,
  'reset gives fresh observations within the space and an info': resets,
  'step gives observations within the space, a finite reward, two flags and an info': steps,
  'the same seed and actions give the same trajectory': determinism,
  'actions outside the space are refused': refusals,
  'steps before reset and after the end are refused': calls,
  'episodes are truncated at the limit and not before': limit,
  'a state can be set and read back': restoring,
  'saved in mid-episode, it continues bit by bit': saving,
  'steps draw random numbers only where it says so, and change nothing else': purity,
  'observations are written to their own rows': observing,
  'a vector equals single environments': vectors,
  'vectors of one definition do not disturb each other': interleaving,
  'a vector saved in mid-episode continues bit by bit': resuming,
  'it draws itself': drawing,
};
