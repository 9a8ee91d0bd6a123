import type { State } from '../../src/core/state';
import type { Source } from '../../src/core/types';

/**
 * A source that can be made only when an earlier stage is trained, since it depends on what that came to. `like` is one of the
 * same shape and length, of which nothing is drawn.
 */
export function lateSource(like: Source, make: () => Source): Source {
  let source: Source | undefined;
  let saved: State | undefined;
  return {
    ...like,
    batches: (context) => {
      source = make();
      if (saved !== undefined) source.load(saved);
      return source.batches(context);
    },
    save: () => source?.save() ?? saved ?? like.save(),
    load: (state) => {
      saved = state;
    },
  };
}
