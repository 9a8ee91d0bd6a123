import { model } from '../../src/core/model';
import { attentionOptions, attentionStack } from '../layers/attention-stack';

/** Graph attention network, Veličković et al. 2018 (arXiv:1710.10903). Taps `hidden<n>`, `message<n>`, `attention<n>`. */
export default model({
  description: 'graph attention (Veličković et al. 2018)',
  input: 'flat',
  options: attentionOptions,
  build: (options, place) => attentionStack(place, options, 1),
});
