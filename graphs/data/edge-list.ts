import fs from 'node:fs';
import { KdlabError, messageOf } from '../../src/core/errors';
import { DenseFeatures } from '../features';
import { makeSplit } from '../splits/split';
import { assemble } from './assemble';
import { type Line, tableLines } from './csv';
import type { LoadedGraph } from './loaded-graph';

export interface EdgeListFiles {
  /** Path of a text file, an edge a line: source, target and, where edges weigh, a weight. */
  readonly edges: string;
  /** Path of a table of the nodes; its first line names the columns. */
  readonly nodes: string;
  /** Keep the direction of edges. */
  readonly directed?: boolean;
}

const PARTS = ['train', 'validation', 'test'] as const;

/**
 * A graph of the user's own. The table of nodes has the columns `id` (any name without separators), `label` (a class;
 * empty where unknown), `split` (train, validation, test or empty; may be missing), and features, all other columns,
 * numbers. Classes that are all whole numbers from 0 are kept as they are; others get numbers in the order of their
 * names. Throws KdlabError naming file and line.
 */
export function loadEdgeList(name: string, { edges, nodes, directed = false }: EdgeListFiles): LoadedGraph {
  return parseEdgeList(name, { edges: read(edges), nodes: read(nodes), directed, source: nodes });
}

interface Text {
  readonly path: string;
  readonly text: string;
}

interface Texts {
  readonly edges: Text;
  readonly nodes: Text;
  readonly directed?: boolean;
  readonly source: string;
}

/** See `loadEdgeList`. */
export function parseEdgeList(name: string, { edges, nodes, directed = false, source }: Texts): LoadedGraph {
  const table = parseNodes(nodes);
  const { sources, targets, weights } = parseEdges(edges, table.numberOf);
  const { lists } = table;
  return assemble({
    name,
    nodes: table.numberOf.size,
    sources,
    targets,
    weights,
    directed,
    features: table.features,
    labels: table.labels,
    classes: table.classes,
    source,
    ...(lists !== undefined && { split: (graph) => makeSplit(graph, 'of the file', lists) }),
  });
}

function parseNodes({ path, text }: Text) {
  const lines = tableLines(text, path);
  const header = lines.next().value as Line | undefined;
  const names = header?.cells ?? [];
  const place = (column: string) => names.indexOf(column);
  const [id, label, split] = [place('id'), place('label'), place('split')];
  if (id < 0 || label < 0 || new Set(names).size !== names.length)
    throw new KdlabError(
      `${path}: its first line names the columns ${names.join(', ')}; expected id, label, split (if any) and features, each once`,
    );
  const columns = names.flatMap((_, i) => (i === id || i === label || i === split ? [] : [i]));
  const numberOf = new Map<string, number>();
  const values: number[] = [];
  const classes: string[] = [];
  const lists = { train: [] as number[], validation: [] as number[], test: [] as number[] };
  for (const { number, cells } of lines) {
    const refuse = (what: string) => new KdlabError(`${path}: line ${number}: ${what}`);
    if (cells.length !== names.length) throw refuse(`${cells.length} cells, expected ${names.length}`);
    const name = cells[id]!;
    if (numberOf.has(name)) throw refuse(`node ${name} was there before`);
    for (const column of columns) {
      const cell = cells[column]!;
      const value = Number(cell);
      if (cell === '' || !Number.isFinite(Math.fround(value)))
        throw refuse(`feature ${names[column]} of node ${name} is "${cell}", expected a finite number`);
      values.push(value);
    }
    const part = split < 0 ? '' : cells[split]!;
    const known = PARTS.find((candidate) => candidate === part);
    if (known !== undefined) lists[known].push(numberOf.size);
    else if (part !== '') throw refuse(`split is "${part}", expected ${PARTS.join(', ')} or nothing`);
    classes.push(cells[label]!);
    numberOf.set(name, numberOf.size);
  }
  if (numberOf.size === 0) throw new KdlabError(`${path}: it lists no nodes`);
  const features = new DenseFeatures(numberOf.size, columns.length, Float32Array.from(values));
  return { numberOf, features, ...classNumbers(classes), lists: split < 0 ? undefined : lists };
}

/** Numbers that are classes already stay; other names are numbered in their order. */
function classNumbers(cells: readonly string[]): { labels: Int32Array; classes: number } {
  const names = [...new Set(cells.filter((cell) => cell !== ''))].sort();
  const numbered = names.every((name) => /^\d{1,6}$/.test(name));
  const order = new Map(names.map((name, i) => [name, numbered ? Number(name) : i]));
  const classes = Math.max(-1, ...order.values()) + 1;
  return { labels: Int32Array.from(cells, (cell) => (cell === '' ? -1 : order.get(cell)!)), classes };
}

function parseEdges({ path, text }: Text, numberOf: ReadonlyMap<string, number>) {
  const [sources, targets, weights]: number[][] = [[], [], []];
  let width: number | undefined;
  for (const { number, cells } of tableLines(text, path)) {
    const refuse = (what: string) => new KdlabError(`${path}: line ${number}: ${what}`);
    width ??= cells.length;
    if (cells.length !== width || width < 2 || width > 3)
      throw refuse(`${cells.length} cells, expected a source, a target and, on every line or none, a weight`);
    const [from, to] = [numberOf.get(cells[0]!), numberOf.get(cells[1]!)];
    if (from === undefined || to === undefined)
      throw refuse(
        `node "${cells[from === undefined ? 0 : 1]}" is not in the table of nodes; add it or leave the edge out`,
      );
    sources!.push(from);
    targets!.push(to);
    if (width === 3) weights!.push(Number(cells[2]));
  }
  return { sources: sources!, targets: targets!, weights: width === 3 ? weights : undefined };
}

function read(path: string): Text {
  try {
    return { path, text: fs.readFileSync(path, 'utf8') };
  } catch (error) {
    throw new KdlabError(`cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
}
