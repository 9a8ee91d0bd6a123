import type { Comparison } from './comparison';

/** Long form, a line a group, model and quantity: what other programs read best. RFC 4180. */
export function toCsv({ groups }: Comparison): string {
  const lines = [['group', 'label', 'name', 'model', 'quantity', 'seeds', 'mean', 'low', 'high', 'interval', 'values']];
  for (const { letter, label, name, models } of groups)
    for (const { key, parameters, bytes, multiplyAdds, latency, measured } of models) {
      const fixed = { parameters, bytes, multiplyAdds };
      for (const [quantity, value] of Object.entries(fixed))
        lines.push([letter, label, name, key, quantity, '', String(value), '', '', '', '']);
      for (const [quantity, over] of Object.entries({ 'latency p50, ms': latency, ...measured }))
        lines.push([
          letter,
          label,
          name,
          key,
          quantity,
          String(over.n),
          String(over.mean),
          ...(over.n > 1 ? [String(over.low), String(over.high), '95 % Student t over seeds'] : ['', '', '']),
          over.values.join(' '),
        ]);
    }
  return lines.map((cells) => `${cells.map(quoted).join(',')}\r\n`).join('');
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
