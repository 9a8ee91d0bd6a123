import { model } from '../../src/core/model';
import { section } from '../../src/core/section';
import { graphConvolution } from '../layers/graph-convolution';
import { numbered, stack, stackShape } from '../layers/stack';

/** Graph convolutional network, Kipf and Welling 2017 (arXiv:1609.02907). Taps `hidden<n>`, `message<n>`. */
export default model({
  description: 'graph convolutions (Kipf and Welling 2017)',
  input: 'flat',
  options: section(stackShape),
  build: (options, place) => stack(place, { options, layer: graphConvolution, taps: numbered('message') }),
});
