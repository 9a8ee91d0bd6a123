import { attribute, inputOf, registerTracedKernel } from '../registry';

/** (x − mean) · scale / √(variance + ε) + offset, by channel. */
registerTracedKernel('FusedBatchNorm', (call) => {
  const { builder, inputs } = call;
  const epsilon = builder.fill(attribute<number>(call, 'varianceEpsilon'), []);
  const deviation = builder.unary('rsqrt', builder.binary('add', inputOf(call, 'variance'), epsilon));
  const factor = inputs.scale === undefined ? deviation : builder.binary('mul', deviation, inputs.scale);
  const scaled = builder.binary('mul', builder.binary('sub', inputOf(call, 'x'), inputOf(call, 'mean')), factor);
  return inputs.offset === undefined ? scaled : builder.binary('add', scaled, inputs.offset);
});
