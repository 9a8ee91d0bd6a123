import { KdlabError } from '../../src/core/errors';

/** A line of a text file split into cells, with its number, from 1. */
export interface Line {
  readonly number: number;
  readonly cells: readonly string[];
}

/** Longest line: a file without line ends is no table. */
const LONGEST = 2 ** 20;

/**
 * Lines of a table of numbers and names: cells between commas, semicolons or tabs, or else between spaces; blank lines and
 * those that begin with # are left out. Cells are trimmed; quotes have no meaning. Throws KdlabError naming `file` where
 * it is no text.
 */
export function* tableLines(text: string, file: string): Generator<Line> {
  let number = 0;
  for (let at = 0; at < text.length; ) {
    const found = text.indexOf('\n', at);
    const end = found < 0 ? text.length : found;
    number++;
    if (end - at > LONGEST) throw new KdlabError(`${file}: line ${number} has ${end - at} characters; it is no table`);
    const line = text.slice(at, end).trim();
    at = end + 1;
    if (line === '' || line.startsWith('#')) continue;
    if (line.includes('\0')) throw new KdlabError(`${file}: line ${number} is not text`);
    const separator = /[,;\t]/.exec(line)?.[0];
    const cells = separator === undefined ? line.split(/\s+/) : line.split(separator).map((cell) => cell.trim());
    yield { number, cells };
  }
}
