import { z } from 'zod';
import type { ObjectiveDefinition } from '../../src/core/objective';
import { namesIn, resolveNamed } from '../../src/core/resolve';

/** What stands above the table. */
const HEAD = `# Methods

Made by \`kdlab methods --write docs/methods.md\` from the files in \`src/objectives\`, one a method; a test compares. Formulas,
shapes and what was changed against the paper stand at the head of each file. Objectives of environments and graphs are
listed by \`kdlab list objectives\`.

Objectives are combined by a list: \`objective: [{ kd: { temperature: 4 } }, { at: {}, weight: 100 }]\`. A weight is a number,
a schedule, or \`learned\` (Kendall, Gal, Cipolla 2018, arXiv:1705.07115).
`;

/** The objectives of some folders as a page: what each is, its options with their defaults, its source. */
export function methodsPage(folders: readonly string[]): string {
  const rows = namesIn(folders).map((name) => {
    const { description, paper = '', options } = resolveNamed<ObjectiveDefinition>('objective', folders, name);
    return `| \`${name}\` | ${[description, optionsOf(options), linked(paper)].map(cell).join(' | ')} |`;
  });
  return `${HEAD}\n| name | what | options | source |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}

/** `temperature` 4, `alpha` 0.9: every option with its default, where it has one. */
function optionsOf(options: z.ZodType): string {
  if (!(options instanceof z.ZodObject)) return '';
  const keys = Object.keys(options.shape);
  const parsed = options.safeParse({});
  const defaults = (parsed.success ? parsed.data : {}) as Readonly<Record<string, unknown>>;
  const told = (value: unknown) =>
    value === undefined ? '' : ` ${typeof value === 'string' ? value : JSON.stringify(value)}`;
  return keys.map((key) => `\`${key}\`${told(defaults[key])}`).join(', ');
}

function linked(paper: string): string {
  const number = paper.match(/^arXiv:(\d+\.\d+)$/)?.[1];
  return number === undefined ? paper : `[${paper}](https://arxiv.org/abs/${number})`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
