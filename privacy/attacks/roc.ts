import { KdlabError } from '../../src/core/errors';

/** How well a score tells members from others, over all thresholds. */
export interface Roc {
  /** From (0, 0) to (1, 1), one point for each distinct score: members are said to be those that score at least so much. */
  readonly points: readonly { readonly fpr: number; readonly tpr: number }[];
  /** Probability that a member scores higher than another example, ties counting half. */
  readonly auc: number;
  /** Largest TPR − FPR over thresholds (Yeom et al. 2018, definition 4); 0 for guessing. */
  readonly advantage: number;
  /** How many members were scored. */
  readonly members: number;
}

/** The ROC of scores that are higher for likelier members. Throws KdlabError for no scores or NaN. */
export function rocOf(members: ArrayLike<number>, others: ArrayLike<number>): Roc {
  const scored = [
    ...Array.from(members, (score) => ({ score, member: true })),
    ...Array.from(others, (score) => ({ score, member: false })),
  ];
  if (members.length === 0 || others.length === 0 || scored.some(({ score }) => Number.isNaN(score)))
    throw new KdlabError(
      `an attack is judged on members and others with scores; found ${members.length} members, ${others.length} others` +
        `${scored.some(({ score }) => Number.isNaN(score)) ? ', and a score that is NaN' : ''}`,
    );
  scored.sort((a, b) => b.score - a.score);
  const points = [{ fpr: 0, tpr: 0 }];
  let [hits, alarms, auc, advantage] = [0, 0, 0, 0];
  scored.forEach(({ score, member }, i) => {
    if (member) hits++;
    else alarms++;
    if (scored[i + 1]?.score === score) return;
    const last = points.at(-1)!;
    const next = { fpr: alarms / others.length, tpr: hits / members.length };
    auc += ((next.fpr - last.fpr) * (next.tpr + last.tpr)) / 2;
    advantage = Math.max(advantage, next.tpr - next.fpr);
    points.push(next);
  });
  return { points, auc, advantage, members: members.length };
}

/** The largest TPR at a threshold whose FPR is at most `fpr`: never interpolated, so that few examples promise nothing. */
export function tprAt({ points }: Roc, fpr: number): number {
  return points.reduce((most, point) => (point.fpr <= fpr ? Math.max(most, point.tpr) : most), 0);
}
