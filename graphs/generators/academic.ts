import { z } from 'zod';
import { KdlabError } from '../../src/core/errors';
import { section } from '../../src/core/section';
import type { Rng, Stream } from '../../src/math/rng';
import { adjacencyOf } from '../data/adjacency';
import { DenseFeatures } from '../features';
import { Graph } from '../graph';
import { symmetrized } from '../transforms/undirected';
import { classFeatures } from './class-features';
import { EdgeBuffer } from './edge-buffer';

const share = z.number().min(0).max(1);

export const academicOptions = section({
  papers: z.number().int().positive().default(2000),
  authors: z.number().int().positive().default(1000),
  venues: z.number().int().positive().default(40),
  fields: z.number().int().min(2).default(5).describe('classes of papers; authors and venues have a field too'),
  authorsOfPaper: z.number().int().positive().default(3).describe('most authors of a paper; 1 to so many'),
  citations: z.number().int().min(0).default(4).describe('that a paper gives'),
  faithful: share.default(0.8).describe('chance that an author of a paper is of its field'),
  fitting: share.default(0.5).describe('chance that the venue of a paper is of its field'),
  related: share.default(0.3).describe('chance that a cited paper is of the same field; others are of any'),
  features: z.number().int().positive().default(32),
  separation: z.number().min(0).default(1.2).describe('length of the class means; the noise has standard deviation 1'),
});

/** What an edge of each kind says; each has its reverse next to it. */
export const ACADEMIC_RELATIONS = ['writes', 'written by', 'publishes', 'published in', 'cited by', 'cites'] as const;

/**
 * Papers, then authors, then venues: a heterogeneous graph whose relations tell of a paper's field to different degrees, so
 * that they must be told apart. Papers have Gaussian features of their class, the others none; three more columns say
 * what a node is. Authors and venues have no class. Throws KdlabError where a field would be without author or venue.
 */
export function academic(options: z.input<typeof academicOptions>, rng: Rng): Graph {
  const parsed = academicOptions.parse(options);
  const { papers, authors, venues, fields, features: columns, separation } = parsed;
  if (authors < fields || venues < fields || papers < fields)
    throw new KdlabError(
      `academic: ${fields} fields need as many papers, authors and venues, found ${papers}, ${authors}, ${venues}`,
    );
  const nodes = papers + authors + venues;
  const draws = rng.split('papers').stream();
  const fieldOf = Int32Array.from({ length: papers }, () => draws.integer(fields));
  // Author and venue number i have field i modulo fields.
  const member = (count: number, field: number, stream: Stream) =>
    field + fields * stream.integer(Math.ceil((count - field) / fields));
  const links = [new EdgeBuffer(), new EdgeBuffer(), new EdgeBuffer()] as const;
  const byField = Array.from({ length: fields }, (): number[] => []);
  fieldOf.forEach((field, paper) => {
    byField[field]!.push(paper);
  });
  for (let paper = 0; paper < papers; paper++) {
    const own = rng.split('paper', paper).stream();
    const field = (chance: number) => (own.uniform() < chance ? fieldOf[paper]! : own.integer(fields));
    for (let i = own.integer(parsed.authorsOfPaper); i >= 0; i--)
      links[0].add(papers + member(authors, field(parsed.faithful), own), paper);
    links[1].add(papers + authors + member(venues, field(parsed.fitting), own), paper);
    for (let i = 0; i < parsed.citations; i++) {
      const among = byField[field(parsed.related)]!;
      if (among.length > 0) links[2].add(among[own.integer(among.length)]!, paper);
    }
  }
  const matrix = (sources: Int32Array, targets: Int32Array) =>
    adjacencyOf({ name: 'academic', nodes, sources, targets }).adjacency;
  const relations = links.flatMap(({ edges: { sources, targets } }) => [
    matrix(sources, targets),
    matrix(targets, sources),
  ]);
  const all = { sources: joined(links, 'sources'), targets: joined(links, 'targets') };
  return new Graph({
    name: 'academic',
    adjacency: symmetrized(matrix(all.sources, all.targets)),
    features: typed(
      classFeatures({ labels: fieldOf, classes: fields, columns, separation }, rng.split('words')).gather(
        Int32Array.from({ length: papers }, (_, paper) => paper),
      ),
      { columns, kinds: [papers, authors, venues] },
    ),
    labels: Int32Array.from({ length: nodes }, (_, node) => (node < papers ? fieldOf[node]! : -1)),
    classes: fields,
    relations,
  });
}

function joined(links: readonly EdgeBuffer[], side: 'sources' | 'targets'): Int32Array {
  return Int32Array.from(links.flatMap(({ edges }) => [...edges[side]]));
}

/** Features of the first kind of node, none of the others, and a column for each kind. */
function typed(first: Float32Array, { columns, kinds }: { columns: number; kinds: readonly number[] }): DenseFeatures {
  const width = columns + kinds.length;
  const nodes = kinds.reduce((a, b) => a + b, 0);
  const values = new Float32Array(nodes * width);
  let node = 0;
  kinds.forEach((count, kind) => {
    for (let i = 0; i < count; i++, node++) {
      if (kind === 0) values.set(first.subarray(i * columns, (i + 1) * columns), node * width);
      values[node * width + columns + kind] = 1;
    }
  });
  return new DenseFeatures(nodes, width, values);
}
