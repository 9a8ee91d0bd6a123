import { KdlabError } from '../../src/core/errors';
import type { State } from '../../src/core/state';
import type { Charged } from './account';
import type { Aggregator, Query, VoteNoise } from './aggregator';

/** The class that stands for a query thrown away. */
const UNANSWERED = -1;

export interface QuestionsOptions {
  readonly aggregator: Aggregator;
  readonly noise: VoteNoise;
  /** Example numbers in the order in which they are put. */
  readonly ids: Int32Array;
  /** Votes of the teachers on them; called once, when the teachers are trained. */
  readonly votes: () => readonly Float64Array[];
  /** No further query is put after so many answers. */
  readonly mostAnswers?: number;
}

/**
 * Queries put to the teachers, once: what was answered is kept with the run, so that a resumed run spends nothing again and
 * trains on the same labels.
 */
export class Questions {
  private asked: { readonly labels: Int32Array; readonly votes: Float64Array; readonly classes: number } | undefined;

  constructor(private readonly options: QuestionsOptions) {}

  /** Example numbers and labels of what was answered. Throws KdlabError where nothing was. */
  answers(): { ids: Int32Array; labels: Int32Array } {
    const { labels } = this.put();
    const kept = Array.from(labels.keys()).filter((i) => labels[i] !== UNANSWERED);
    if (kept.length === 0)
      throw new KdlabError(
        `${this.options.aggregator.name}: none of ${labels.length} queries was answered; the teachers agree on too little. ` +
          'Lower the threshold, put more queries, or train fewer and better teachers.',
        { exitCode: 1 },
      );
    return {
      ids: Int32Array.from(kept, (i) => this.options.ids[i]!),
      labels: Int32Array.from(kept, (i) => labels[i]!),
    };
  }

  /** Every query put, with its votes and whether it was answered. Votes are private. */
  charged(): Charged[] {
    const { labels, votes, classes } = this.put();
    return Array.from(labels, (label, i): Charged => {
      const query: Query = { votes: votes.subarray(i * classes, (i + 1) * classes) };
      return { query, answered: label === UNANSWERED ? 0 : 1 };
    });
  }

  save(): State {
    return this.asked === undefined ? {} : { ...this.asked };
  }

  load(state: State): void {
    if (state.labels === undefined) return;
    const { labels, votes, classes } = state as unknown as NonNullable<Questions['asked']>;
    this.asked = { labels, votes, classes };
  }

  private put(): NonNullable<Questions['asked']> {
    if (this.asked !== undefined) return this.asked;
    const { aggregator, noise, votes, mostAnswers = Number.POSITIVE_INFINITY } = this.options;
    const all = votes();
    const labels: number[] = [];
    let answered = 0;
    for (const counts of all) {
      if (answered >= mostAnswers) break;
      const { label = UNANSWERED } = aggregator.answer({ votes: counts }, noise);
      labels.push(label);
      if (label !== UNANSWERED) answered++;
    }
    const classes = all[0]!.length;
    const kept = new Float64Array(labels.length * classes);
    labels.forEach((_, i) => {
      kept.set(all[i]!, i * classes);
    });
    this.asked = { labels: Int32Array.from(labels), votes: kept, classes };
    return this.asked;
  }
}
