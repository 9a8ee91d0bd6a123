import { type Drawn, RANDOM_KERNEL } from '../../../core/draws';
import { attribute, inputOf, registerTracedKernel } from '../registry';

registerTracedKernel(RANDOM_KERNEL, (call) => {
  const name = attribute<Drawn>(call, 'name');
  return call.builder.add(
    { kind: 'random', name, inputs: [inputOf(call, 'key').id] },
    attribute(call, 'shape'),
    'float32',
  );
});
