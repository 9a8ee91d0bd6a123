import { KdlabError } from '../../src/core/errors';
import { unknownName } from '../../src/core/section';
import { karate } from './karate';
import type { LoadedGraph, LoadGraphOptions } from './loaded-graph';

interface Definition {
  readonly description: string;
  /** Other names that papers and libraries give it. */
  readonly aliases?: readonly string[];
  load(options: LoadGraphOptions): LoadedGraph | Promise<LoadedGraph>;
}

const GRAPHS: Readonly<Record<string, Definition>> = {
  karate: {
    description: 'Friendships in a karate club: 34 nodes, 78 edges, 2 classes (Zachary 1977); built in',
    load: karate,
  },
};

/**
 * A graph data set by its name, with its published split. Edges go both ways, each once, without loops; `report` states
 * what was merged and dropped. Throws KdlabError where the name is unknown (it tells the nearest), files are absent, not
 * the published ones or damaged.
 */
export async function loadGraph(name: string, options: LoadGraphOptions = {}): Promise<LoadedGraph> {
  return definition(name).load(options);
}

export function listGraphs(): { name: string; description: string; aliases: readonly string[] }[] {
  return Object.entries(GRAPHS).map(([name, { description, aliases = [] }]) => ({ name, description, aliases }));
}

function definition(name: string): Definition {
  const entries = Object.entries(GRAPHS);
  const known = entries.find(([key, { aliases = [] }]) => key === name || aliases.includes(name));
  if (known === undefined)
    throw new KdlabError(
      unknownName(
        'graph data set',
        name,
        entries.map(([key]) => key),
      ),
    );
  return known[1];
}
