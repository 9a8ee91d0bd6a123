import { holm, type Paired, paired } from '../../src/math/paired';
import type { Expected, Figure } from '../../src/reproduce/expected';
import { judge } from '../../src/reproduce/verdict';

/** A published figure beside ours as the recipe's expected.json keeps it. */
export interface PublishedRow {
  readonly recipe: string;
  readonly what: string;
  readonly printed: string;
  readonly status: string;
  readonly figure: Figure;
  /** Absent where we have not measured it. */
  readonly ours?: { readonly mean: number; readonly std: number; readonly seeds: number; readonly agrees: boolean };
}

/** What the student of a recipe is more accurate by than another model, paired by seed. */
export interface PairedRow {
  readonly recipe: string;
  readonly over: 'teacher' | 'plain distillation' | 'student alone';
  readonly result: Paired;
  /** The t test’s p, by Holm over all rows that hold against the same kind of model. */
  readonly tTestHolm: number;
}

const OTHERS = { teacher: 'teacher', reference: 'plain distillation', baseline: 'student alone' } as const;

/** Every published figure of some recipes that a machine can compare; the rules of `kdlab reproduce` say what agrees. */
export function publishedRows(all: readonly Expected[]): PublishedRow[] {
  return all.flatMap(({ published, ours }) =>
    published.flatMap(({ what, value: printed, status, figure }): PublishedRow[] => {
      if (figure === undefined) return [];
      const row = { recipe: figure.recipe, what, printed, status, figure };
      const measured = ours.find(({ recipe }) => recipe === figure.recipe);
      const { mean, std, values } = measured?.metrics[figure.metric] ?? {};
      if (measured === undefined || mean === undefined || std === undefined || values === undefined) return [row];
      const { figures } = judge([{ what, figure, seeds: measured.seeds, values }], 'full');
      return [{ ...row, ours: { mean, std, seeds: values.length, agrees: figures[0]!.agrees } }];
    }),
  );
}

/** Students against their teachers, against plain distillation and against themselves alone, on the same seeds. */
export function pairedRows(all: readonly Expected[]): PairedRow[] {
  const rows = all.flatMap(({ ours }) =>
    ours.flatMap(({ recipe, metrics }) =>
      Object.entries(OTHERS).flatMap(([role, over]): Omit<PairedRow, 'tTestHolm'>[] => {
        const student = metrics['student.testAccuracy']?.values;
        const other = metrics[`${role}.testAccuracy`]?.values;
        if (student === undefined || other === undefined || student.length < 2) return [];
        return [{ recipe, over, result: paired(student, other) }];
      }),
    ),
  );
  return Object.values(OTHERS).flatMap((over) => {
    const family = rows.filter((row) => row.over === over);
    const adjusted = holm(family.map(({ result }) => result.tTest));
    return family.map((row, i) => ({ ...row, tTestHolm: adjusted[i]! }));
  });
}
