import type { Batch, Source } from '../../src/core/types';

/** What a source's state carries besides its position, which a whole graph has none of. */
export interface Kept {
  save: Source['save'];
  load: Source['load'];
}

/**
 * The same nodes with their graph at every step; an epoch is a step. `kept` is saved and loaded with the source, so that what
 * a stage must remember (its best parameters) outlives the process. The batch stays its maker's.
 */
export function wholeGraph(options: { batch: Batch; features: number; kept?: Kept }): Source {
  const { batch, features, kept } = options;
  return {
    sampling: { kind: 'full' },
    inputShape: [features],
    augmented: false,
    stepsPerEpoch: 1,
    example: () => batch,
    async *batches() {
      for (;;) yield batch;
    },
    save: () => kept?.save() ?? {},
    load: (state) => kept?.load(state),
  };
}
