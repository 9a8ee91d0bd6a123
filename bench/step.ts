import type { MakeStep } from '../src/core/step';
import { eagerStep } from '../src/core/step';

/** How our side makes its steps: as the trainer does with the engine in use. */
export function stepsOfEngine(): MakeStep {
  return eagerStep;
}
