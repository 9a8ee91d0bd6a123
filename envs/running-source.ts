import type { State } from '../src/core/state';
import type { Batch, Metrics, Source, SourceContext } from '../src/core/types';

/** What acts in environments while batches are drawn from it. */
export interface Running {
  /** Made when asked for; they stay its own. */
  batches(): AsyncIterable<Batch>;
  save(): State;
  load(state: State): void;
  metrics(): Metrics;
}

/**
 * An endless source that begins to act when its batches are asked for: until then its state is what was loaded, if anything
 * was.
 */
export function runningSource(inputShape: readonly number[], begin: (context: SourceContext) => Running): Source {
  let running: Running | undefined;
  let loaded: State | undefined;
  return {
    sampling: { kind: 'stream' },
    inputShape,
    augmented: false,
    batches: (context) => {
      running = begin(context);
      if (loaded !== undefined) running.load(loaded);
      return running.batches();
    },
    save: () => running?.save() ?? loaded ?? {},
    load: (state) => {
      loaded = Object.keys(state).length === 0 ? undefined : state;
    },
    metrics: () => running?.metrics() ?? {},
  };
}
