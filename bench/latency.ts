import type { Model } from '../src/core/types';
import { inference } from '../src/engine/inference';
import { Rng } from '../src/math/rng';
import { weightsOf } from './training';
import type { Arrays, Peer, Run, Setup } from './workload';

const EXAMPLES = 64;

/** A student's weights and examples to show it one by one. */
export function latencyArrays(student: Model): Arrays {
  const width = student.inputShape[0]!;
  const values = Rng.root(0)
    .split('examples')
    .normal(EXAMPLES * width);
  return { ...weightsOf(student), x: { shape: [EXAMPLES, width], values } };
}

/** Answers for one example after the other, each read back; the value is the largest logit of the last. */
export function latency(student: Model, { arrays }: Setup): Run {
  const { shape, values } = arrays.x!;
  const width = shape[1]!;
  const examples = Array.from({ length: EXAMPLES }, (_, i) =>
    (values as Float32Array).slice(i * width, (i + 1) * width),
  );
  const infer = inference(student);
  let at = 0;
  return (steps) => {
    let largest = Number.NaN;
    for (let i = 0; i < steps; i++, at++) largest = Math.max(...infer(examples[at % EXAMPLES]!, 1));
    return largest;
  };
}

export const LATENCY_PEERS: readonly Peer[] = [
  {
    name: 'PyTorch',
    program: 'latency_torch.py',
    packages: ['torch'],
    variants: ['eager', 'jit', 'compile'],
    goal: 0.5,
  },
  { name: 'ONNX Runtime', program: 'latency_onnx.py', packages: ['onnxruntime', 'onnx'], variants: [''], goal: 1 },
];
