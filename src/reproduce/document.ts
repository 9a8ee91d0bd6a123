import { formatDuration, formatInterval, formatNumber } from '../report/format';
import type { Certificate } from './certificate';
import { LEAST_SEEDS, WIDEST } from './verdict';

/** `docs/reproductions.md`: every kept certificate but the tiny ones, which only check the machinery. */
export function reproductionsDocument(certificates: readonly Certificate[]): string {
  const shown = certificates.filter(({ schedule }) => schedule !== 'tiny');
  return [
    '# Reproductions',
    '',
    'Made by `kdlab reproduce --write-docs` from the certificates below `experiments/*/certificates`, which hold the figures',
    'of real runs, with hashes of configuration and data. Do not edit.',
    '',
    `**Reproduced**: at full length, over ${LEAST_SEEDS} seeds or more, every published figure lies in our 95 % interval over seeds`,
    `(Student’s t; no wider than ${WIDEST * 100} % of the figure to each side) or within its stated tolerance, every threshold is met,`,
    'and every order of figures holds. **Ordering only**: every order holds, by intervals of differences paired by seed.',
    '**Not reproduced**: anything else.',
    '',
    ...(shown.length === 0 ? ['No certificate has been kept yet.', ''] : []),
    ...shown.flatMap(section),
  ].join('\n');
}

function section(certificate: Certificate): string[] {
  const { paper, title, schedule, verdict, reason, figures, orderings, recipes, command, engine, machine, code } =
    certificate;
  return [
    `## ${paper}${schedule === 'full' ? '' : `, ${schedule} schedule`}`,
    '',
    title,
    '',
    `**${verdict.charAt(0).toUpperCase()}${verdict.slice(1)}**: ${reason}.`,
    '',
    '| figure | published | ours, 95 % over seeds | each seed | agrees |',
    '|---|---|---|---|---|',
    ...figures.map((each) => `| ${figureCells(each).map(escapeCell).join(' | ')} |`),
    '',
    ...orderings.map(({ smaller, greater, holds }) => `- ${holds ? '✓' : '✗'} ${smaller} < ${greater}`),
    ...(orderings.length === 0 ? [] : ['']),
    ...recipes.map(
      ({ recipe, seeds, secondsPerSeed, configHash, datasets }) =>
        `- \`${recipe}\`, seeds ${seeds.join(', ')}, ${formatDuration(secondsPerSeed)} a seed, configuration \`${configHash.slice(0, 12)}\`` +
        datasets
          .map(({ name, digest }) => `, data \`${name} ${digest.replace(/^sha256[:-]/, '').slice(0, 12)}\``)
          .join(''),
    ),
    `- \`${command}\`, engine ${engine}, ${machine}, kdlab ${code.version}${code.commits.length === 0 ? '' : ` at ${code.commits.map((commit) => `\`${commit.slice(0, 10)}\``).join(', ')}${code.dirty ? ' with changes' : ''}`}, ${certificate.madeAt.slice(0, 10)}`,
    '',
  ];
}

/** What was printed, what we have. */
export function figureCells(each: Certificate['figures'][number]): string[] {
  const { what, figure, values, agrees, mean, low, high } = each;
  const relation = { equal: '', 'at least': '≥ ', 'at most': '≤ ' }[figure.relation];
  const ours =
    low === null || high === null
      ? `${formatNumber(mean)} (one seed)`
      : (({ value, bounds }) => `${value} ${bounds}`)(
          formatInterval({ mean, low, high, n: values.length, method: 'student-t' }),
        );
  return [
    what,
    `${relation}${formatNumber(figure.value)}`,
    ours,
    values.map(formatNumber).join(' '),
    agrees ? '✓' : '✗',
  ];
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
