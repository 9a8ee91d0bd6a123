import { paired } from '../math/paired';
import { studentT } from '../math/statistics';
import type { Figure } from './expected';

export type Verdict = 'reproduced' | 'ordering only' | 'not reproduced';
export type Schedule = 'full' | 'reduced' | 'tiny';

/** A published figure beside ours, one value a seed. */
export interface Measured {
  readonly what: string;
  readonly figure: Figure;
  readonly seeds: readonly number[];
  readonly values: readonly number[];
}

export interface JudgedFigure {
  readonly mean: number;
  /** Student-t 95 % interval over seeds; infinite for one seed. */
  readonly low: number;
  readonly high: number;
  readonly agrees: boolean;
}

/** Two published figures in their order, and whether ours stand in the same one. */
export interface Ordering {
  readonly smaller: string;
  readonly greater: string;
  readonly holds: boolean;
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly reason: string;
  readonly figures: readonly JudgedFigure[];
  readonly orderings: readonly Ordering[];
}

/** With fewer seeds nothing counts as reproduced. */
export const LEAST_SEEDS = 3;
/** An interval wider than this share of the published figure to each side holds it by want of precision. */
export const WIDEST = 0.25;

/**
 * The verdict on a reproduction, by these rules alone:
 *
 * 1. A figure agrees where the published value lies in our 95 % interval over seeds, and that interval reaches no further
 *    than a quarter of the value to each side; or where the mean lies within its stated tolerance. A threshold (`at least`,
 *    `at most`) is met where the whole interval is on its side.
 * 2. An ordering of two figures of one quantity, different in print, holds where ours differ in the same sense by more
 *    than nothing: the 95 % interval of the differences, paired by seed, leaves out zero.
 * 3. `reproduced`: at full length, with three seeds or more, every figure agrees and every ordering holds.
 *    `ordering only`: every ordering holds, and there is one. `not reproduced`: anything else.
 */
export function judge(measured: readonly Measured[], schedule: Schedule): Judgement {
  const figures = measured.map(judgeFigure);
  const orderings = orderingsOf(measured);
  const ordered = orderings.every(({ holds }) => holds);
  const broken = orderings.filter(({ holds }) => !holds);
  const apart = measured.filter((_, i) => !figures[i]!.agrees);
  const seeds = Math.min(...measured.map((each) => each.seeds.length));
  const answer = (verdict: Verdict, reason: string): Judgement => ({ verdict, reason, figures, orderings });
  if (!ordered)
    return answer(
      'not reproduced',
      `not in the published order: ${broken.map(({ smaller, greater }) => `${smaller} < ${greater}`).join('; ')}`,
    );
  const why =
    schedule !== 'full'
      ? `the schedule is ${schedule}, which can show an order, not the figures`
      : seeds < LEAST_SEEDS
        ? `${seeds} seed${seeds === 1 ? ' is' : 's are'} fewer than ${LEAST_SEEDS}`
        : apart.length > 0
          ? `apart from print: ${apart.map(({ what }) => what).join('; ')}`
          : undefined;
  if (why === undefined) return answer('reproduced', 'every figure agrees, and every published order holds');
  return orderings.length > 0
    ? answer('ordering only', `every published order holds; ${why}`)
    : answer('not reproduced', `${why}; nothing published gives an order`);
}

function judgeFigure({ figure: { value, relation, tolerance }, values }: Measured): JudgedFigure {
  const { mean, low, high } = studentT(values);
  const agrees =
    relation === 'at least'
      ? low >= value
      : relation === 'at most'
        ? high <= value
        : (tolerance !== undefined && Math.abs(mean - value) <= tolerance) ||
          (low <= value && value <= high && (high - low) / 2 <= WIDEST * Math.abs(value));
  return { mean, low, high, agrees };
}

function orderingsOf(measured: readonly Measured[]): Ordering[] {
  const comparable = measured.filter(({ figure }) => figure.relation === 'equal');
  return comparable.flatMap((a) =>
    comparable
      .filter((b) => quantityOf(a.figure) === quantityOf(b.figure) && a.figure.value < b.figure.value)
      .map((b): Ordering => ({ smaller: a.what, greater: b.what, holds: isSmaller(a, b) })),
  );
}

function quantityOf({ quantity, metric }: Figure): string {
  return quantity ?? metric.slice(metric.indexOf('.') + 1);
}

function isSmaller(a: Measured, b: Measured): boolean {
  const seeds = a.seeds.filter((seed) => b.seeds.includes(seed));
  if (seeds.length === 0) return false;
  const pick = ({ seeds: own, values }: Measured) => seeds.map((seed) => values[own.indexOf(seed)]!);
  return paired(pick(a), pick(b)).difference.high < 0;
}
