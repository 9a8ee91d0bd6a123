import { z } from 'zod';
import { section } from '../../src/core/section';
import type { Rng, Stream } from '../../src/math/rng';
import { adjacencyOf } from '../data/adjacency';
import { GraphSet } from '../graph-set';
import { symmetrized } from '../transforms/undirected';
import { EdgeBuffer } from './edge-buffer';

export const moleculeOptions = section({
  graphs: z.number().int().positive().default(2000),
  rings: z.number().int().positive().default(3).describe('most rings of a molecule; 1 to so many'),
  chain: z.number().int().min(0).default(3).describe('most atoms between two rings, and of a side chain'),
  nitrogen: z.number().min(0).max(0.5).default(0.12).describe('share of the atoms'),
  oxygen: z.number().min(0).max(0.5).default(0.12),
});

/** Kinds of atoms, in the order of the features. */
const [CARBON, NITROGEN, OXYGEN] = [0, 1, 2];
const KINDS = 3;

/**
 * Molecule-like graphs: rings of five and six carbons joined by chains, with side chains, in which nitrogen and oxygen take random
 * places. A graph is of class 1 where a carbon joins a nitrogen to an oxygen, as in an amide. How many atoms of a kind there are
 * tells something of that, where they are tells all.
 */
export function molecules(options: z.input<typeof moleculeOptions>, rng: Rng): GraphSet {
  const parsed = moleculeOptions.parse(options);
  const edges = new EdgeBuffer();
  const kinds: number[] = [];
  const offsets = [0];
  const labels = new Int32Array(parsed.graphs);
  for (let graph = 0; graph < parsed.graphs; graph++) {
    const bonds = skeleton(parsed, rng.split('skeleton', graph).stream());
    const size = bonds.reduce((most, [a, b]) => Math.max(most, a, b), 0) + 1;
    const draws = rng.split('atoms', graph).stream();
    const atoms = Array.from({ length: size }, () => {
      const drawn = draws.uniform();
      if (drawn < parsed.nitrogen) return NITROGEN;
      return drawn < parsed.nitrogen + parsed.oxygen ? OXYGEN : CARBON;
    });
    labels[graph] = joinsNitrogenToOxygen(atoms, bonds) ? 1 : 0;
    for (const [a, b] of bonds) edges.add(offsets[graph]! + a, offsets[graph]! + b);
    kinds.push(...atoms);
    offsets.push(kinds.length);
  }
  const { adjacency } = adjacencyOf({ name: 'molecules', nodes: kinds.length, ...edges.edges });
  const features = new Float32Array(kinds.length * KINDS);
  kinds.forEach((kind, atom) => {
    features[atom * KINDS + kind] = 1;
  });
  return new GraphSet({
    name: 'molecules',
    offsets: Int32Array.from(offsets),
    adjacency: symmetrized(adjacency),
    columns: KINDS,
    features,
    labels,
    classes: 2,
  });
}

/** Bonds between atoms numbered from 0. */
function skeleton({ rings, chain }: { rings: number; chain: number }, draws: Stream): [number, number][] {
  const bonds: [number, number][] = [];
  let size = 0;
  const strand = (from: number, length: number) => {
    let last = from;
    for (let i = 0; i < length; i++) {
      bonds.push([last, size]);
      last = size++;
    }
    return last;
  };
  const count = 1 + draws.integer(rings);
  for (let ring = 0; ring < count; ring++) {
    const before = size;
    const joint = ring === 0 ? undefined : strand(draws.integer(before), draws.integer(chain + 1));
    const first = size;
    const around = 5 + draws.integer(2);
    size += around;
    for (let i = 0; i < around; i++) bonds.push([first + i, first + ((i + 1) % around)]);
    if (joint !== undefined) bonds.push([joint, first]);
    strand(first + 1 + draws.integer(around - 1), draws.integer(chain + 1));
  }
  return bonds;
}

function joinsNitrogenToOxygen(atoms: readonly number[], bonds: readonly (readonly [number, number])[]): boolean {
  const near = atoms.map(() => new Set<number>());
  for (const [a, b] of bonds) {
    near[a]!.add(atoms[b]!);
    near[b]!.add(atoms[a]!);
  }
  return atoms.some((kind, atom) => kind === CARBON && near[atom]!.has(NITROGEN) && near[atom]!.has(OXYGEN));
}
