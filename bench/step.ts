import { eagerStep, type MakeStep } from '../src/core/step';
import { compiledSteps } from '../src/engine/compile';
import { activeMachine } from '../src/engine/machine';

/**
 * How our side makes its steps: as the trainer does with the engine in use, but that a step which cannot be compiled is
 * an error. What is measured must be what is named.
 */
export function stepsOfEngine(): MakeStep {
  const machine = activeMachine();
  if (machine === undefined) return eagerStep;
  return compiledSteps(machine, (message) => {
    throw new Error(message);
  });
}
