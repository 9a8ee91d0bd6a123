import { messageOf } from '../src/core/errors';
import { Rng } from '../src/math/rng';
import { checks } from './checks/checks';
import type { Dynamics } from './dynamics';

export interface Finding {
  readonly check: string;
  /** What is wrong; absent where the check passed. */
  readonly problem?: string;
}

/**
 * Everything that Gymnasium's `check_env` asks of an environment (spaces, seeding, what reset and step return, the order
 * of calls, passive checks of every step), and what vectors and resumed runs need beside it. Never throws.
 */
export function checkEnvironment(dynamics: Dynamics, { seed = 0 }: { seed?: number } = {}): Finding[] {
  return Object.entries(checks).map(([check, run]) => {
    try {
      run(dynamics, Rng.root(seed).split(check));
      return { check };
    } catch (error) {
      return { check, problem: messageOf(error) };
    }
  });
}
