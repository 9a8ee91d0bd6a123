import { z } from 'zod';
import { model } from '../../src/core/model';
import { section } from '../../src/core/section';
import { relationalLayer } from '../layers/relational';
import { numbered, stack, stackShape } from '../layers/stack';

/** Relational graph convolutions, Schlichtkrull et al. 2018 (arXiv:1703.06103). Taps `hidden<n>`, `message<n>`. */
export default model({
  description: 'relational graph convolutions: a kernel for each kind of edge (Schlichtkrull et al. 2018)',
  input: 'flat',
  options: section({
    ...stackShape,
    relations: z.number().int().positive().describe('kinds of edges'),
    bases: z.number().int().min(0).default(0).describe('kernels that those of the relations are mixed from; 0: none'),
  }),
  build: ({ relations, bases, ...options }, place) =>
    stack(place, { options, layer: (at) => relationalLayer(at, { relations, bases }), taps: numbered('message') }),
});
