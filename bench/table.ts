import type { Result } from './contest';

const HEAD = ['workload', 'ours', 'peer', 'ms', 'peer ms', 'ratio', 'quartiles', 'goal', 'MiB', 'peer MiB'];

/** Results as a Markdown table; faults as lines below it. */
export function table(results: readonly Result[]): string {
  const rows = results.map((result) => [
    result.workload,
    result.engine,
    result.peerEngine ?? result.peer,
    digits(result.oursMs),
    digits(result.peerMs),
    result.ratio === null ? '–' : result.ratio.toFixed(2),
    result.spread === null ? '–' : result.spread.map((ratio) => ratio.toFixed(2)).join('–'),
    `≤ ${result.goal}${result.ratio === null ? '' : result.ratio <= result.goal ? ' met' : ' missed'}`,
    result.oursMiB === null ? '–' : result.oursMiB.toFixed(0),
    result.peerMiB === null ? '–' : result.peerMiB.toFixed(0),
  ]);
  const widths = HEAD.map((title, column) => Math.max(title.length, ...rows.map((cells) => cells[column]!.length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  const faults = results.flatMap(({ workload, peer, fault }) =>
    fault === undefined ? [] : [`${workload} beside ${peer}: ${fault}`],
  );
  return [line(HEAD), rule, ...rows.map(line), ...(faults.length === 0 ? [] : ['', ...faults])].join('\n');
}

/** Three significant digits. */
function digits(ms: number | null): string {
  if (ms === null) return '–';
  return ms >= 100 ? ms.toFixed(0) : ms >= 0.001 ? String(Number(ms.toPrecision(3))) : ms.toExponential(2);
}
