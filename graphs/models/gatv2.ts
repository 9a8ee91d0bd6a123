import { model } from '../../src/core/model';
import { attentionOptions, attentionStack } from '../layers/attention-stack';

/** GATv2, Brody, Alon, Yahav 2022 (arXiv:2105.14491). Taps `hidden<n>`, `message<n>`, `attention<n>`. */
export default model({
  description: 'graph attention whose ranking depends on the node that asks (Brody et al. 2022)',
  input: 'flat',
  options: attentionOptions,
  build: (options, place) => attentionStack(place, options, 2),
});
