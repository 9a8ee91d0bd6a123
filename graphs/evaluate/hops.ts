import { type Named, nameOf } from '../../src/core/named';

/** How far away a node can be and still play a part in another's prediction, by a model's validated options. */
export function hopsOf(part: Named): number {
  const { name, options } = nameOf(part);
  if (name === 'mlp') return 0;
  // Its last layer looks at the node alone.
  if (name === 'tiny-gnn') return (options.hidden as readonly number[]).length;
  if (typeof options.hops === 'number') return options.hops;
  if (typeof options.layers === 'number') return options.layers;
  return (options.hidden as readonly number[]).length + 1;
}
