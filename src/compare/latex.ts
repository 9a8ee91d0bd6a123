import { formatInterval } from '../report/format';
import { type Comparison, modelOf } from './comparison';
import type { OverSeeds } from './groups';

/** The metric table for a paper, with booktabs: mean ± half the 95 % interval, the best mean of each column in bold. */
export function toLatex({ groups, metric, higherIsBetter, notes }: Comparison): string {
  const keys = [...new Set(groups.flatMap(({ models }) => models.map(({ key }) => key)))];
  const columns = keys.map((key) => groups.map((group) => modelOf(group, key)?.measured[metric]));
  const cells = columns.map((column) => {
    const known = column.filter((over) => over !== undefined);
    const means = known.map(({ mean }) => mean);
    const best = higherIsBetter ? Math.max(...means) : Math.min(...means);
    return column.map((over) => cell(over, known, groups.length > 1 && over?.mean === best));
  });
  const row = (...parts: string[]) => `${parts.join(' & ')} \\\\`;
  return [
    '% \\usepackage{booktabs}',
    `% ${escapeLatex(metric)}, ${higherIsBetter ? 'higher' : 'lower'} is better`,
    ...notes.map((note) => `% ${note}`),
    `\\begin{tabular}{l${'r'.repeat(keys.length + 1)}}`,
    '\\toprule',
    row(escapeLatex(metric), 'seeds', ...keys.map(escapeLatex)),
    '\\midrule',
    ...groups.map(({ label, seeds }, i) =>
      row(escapeLatex(label), String(seeds.length), ...cells.map((column) => column[i]!)),
    ),
    '\\bottomrule',
    '\\end{tabular}',
    '',
  ].join('\n');
}

function cell(over: OverSeeds | undefined, beside: readonly OverSeeds[], best: boolean): string {
  if (over === undefined) return '--';
  const { value } = formatInterval(
    over,
    beside.filter(({ n }) => n > 1),
  );
  const half =
    over.n > 1
      ? formatInterval(
          { ...over, mean: over.high - over.mean },
          beside.filter(({ n }) => n > 1),
        ).value
      : undefined;
  const number = ascii(value);
  return `$${best ? `\\mathbf{${number}}` : number}${half === undefined ? '' : ` \\pm ${ascii(half)}`}$`;
}

/** Numbers as TeX sets them. */
function ascii(text: string): string {
  return text
    .replaceAll('−', '-')
    .replaceAll(',', '{,}')
    .replace(/e(-?\d+)/, '\\cdot 10^{$1}');
}

/** Text in which TeX sees nothing but text. */
export function escapeLatex(text: string): string {
  return text.replace(
    /[\\{}$&#%_~^<>|]/g,
    (character) =>
      ({
        '\\': '\\textbackslash{}',
        '~': '\\textasciitilde{}',
        '^': '\\textasciicircum{}',
        '<': '\\textless{}',
        '>': '\\textgreater{}',
        '|': '\\textbar{}',
      })[character] ?? `\\${character}`,
  );
}
