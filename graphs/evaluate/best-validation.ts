import { restoreVariables, saveVariables } from '../../src/core/params';
import type { State } from '../../src/core/state';
import type { Stage } from '../../src/core/trainer';
import type { Params } from '../../src/core/types';
import type { Kept } from '../sources/whole-graph';

export interface BestValidationOptions {
  /** What is put back at the end. */
  readonly params: Params;
  readonly steps: number;
  /** Steps between measurements. */
  readonly every: number;
  /** Measurements without a better one after which training ends; absent: it does not. */
  readonly patience?: number;
  /** Accuracy on the validation nodes with the current parameters. */
  readonly validate: () => number;
}

/**
 * Training ends with the parameters of the best validation accuracy, of equal ones the last: what is tested was chosen
 * without the test nodes. Its state goes with the source's.
 */
export function bestValidation(options: BestValidationOptions): {
  evaluation: NonNullable<Stage['evaluation']>;
  kept: Kept;
} {
  const { params, steps, every, patience = Number.POSITIVE_INFINITY, validate } = options;
  const last = Math.ceil(steps / every);
  let measured = 0;
  let best = Number.NEGATIVE_INFINITY;
  let bestAt = 0;
  let values: Record<string, Float32Array> = {};
  return {
    evaluation: {
      every,
      measure: () => {
        const validationAccuracy = validate();
        measured++;
        if (validationAccuracy >= best) {
          best = validationAccuracy;
          bestAt = measured;
          values = saveVariables(params);
        }
        if (measured >= last) restoreVariables(params, values);
        return { validationAccuracy };
      },
      stop: () => {
        const ends = measured - bestAt >= patience;
        if (ends) restoreVariables(params, values);
        return ends;
      },
    },
    kept: {
      save: () => (measured === 0 ? { measured } : { measured, best, bestAt, values }),
      load: (state: State) => {
        measured = state.measured as number;
        if (measured === 0) return;
        best = state.best as number;
        bestAt = state.bestAt as number;
        values = state.values as unknown as Record<string, Float32Array>;
      },
    },
  };
}
