import { model } from '../../src/core/model';
import { section } from '../../src/core/section';
import { isomorphismLayer } from '../layers/isomorphism';
import { numbered, stack, stackShape } from '../layers/stack';

/** Graph isomorphism network, Xu, Hu, Leskovec, Jegelka 2019 (arXiv:1810.00826). Taps `hidden<n>`, `message<n>`. */
export default model({
  description: 'graph isomorphism network: sums through MLPs (Xu et al. 2019)',
  input: 'flat',
  options: section(stackShape),
  build: (options, place) => stack(place, { options, layer: isomorphismLayer, taps: numbered('message') }),
});
