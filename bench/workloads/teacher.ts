import { imageBatch } from '../../src/data/batch';
import { Rng } from '../../src/math/rng';
import { mlp } from '../../src/models/mlp';
import crossEntropy from '../../src/objectives/cross-entropy';
import { training, weightsOf } from '../training';
import type { Workload } from '../workload';

const COUNT = 60_000;
const PIXELS = 784;
const BATCH = 128;

const network = () =>
  mlp({ id: 'teacher', hidden: [1200, 1200], input: PIXELS, classes: 10, rng: Rng.root(0).split('teacher') });

/** Images of MNIST's shape: half a prototype of their class, half noise, in a shuffled order. */
function images() {
  const rng = Rng.root(0).split('images');
  const labels = Uint8Array.from(rng.split('labels').words(COUNT), (word) => word % 10);
  const prototypes = rng.split('prototypes').words(10 * PIXELS);
  const pixels = new Uint8Array(rng.split('noise').words((COUNT * PIXELS) / 4).buffer);
  for (let i = 0; i < COUNT; i++) {
    const prototype = labels[i]! * PIXELS;
    for (let k = 0; k < PIXELS; k++) {
      const at = i * PIXELS + k;
      pixels[at] = (pixels[at]! >> 1) + (prototypes[prototype + k]! >>> 25);
    }
  }
  return { pixels, labels };
}

/** An epoch of Hinton's teacher, 784-1200-1200-10 without dropout, from bytes to update: 468 of these steps. */
export default {
  letter: 'b',
  title: 'teacher epoch, MLP 784-1200-1200-10, batch 128, Adam',
  unit: 'step, of 468 an epoch',
  arrays: () => {
    const { pixels, labels } = images();
    return {
      ...weightsOf(network()),
      images: { shape: [COUNT, PIXELS], values: pixels },
      labels: { shape: [COUNT], values: labels },
      order: { shape: [COUNT], values: Rng.root(0).split('order').permutation(COUNT) },
    };
  },
  start: ({ arrays }) => {
    const examples = {
      images: arrays.images!.values as Uint8Array,
      labels: arrays.labels!.values as Uint8Array,
      count: COUNT,
    };
    const order = arrays.order!.values as Int32Array;
    const batches = Math.floor(COUNT / BATCH);
    return training({
      student: network(),
      objective: { name: 'cross-entropy', ...crossEntropy.build({}) },
      optimizer: 'adam',
      learningRate: 1e-3,
      batchAt: (step) => {
        const first = (step % batches) * BATCH;
        return imageBatch(examples, order.subarray(first, first + BATCH), { inputShape: [28, 28, 1], flatten: true });
      },
      disposable: true,
    });
  },
  peers: [
    {
      name: 'PyTorch',
      program: 'teacher_torch.py',
      packages: ['torch'],
      variants: ['foreach', 'fused', 'compile'],
      goal: 1,
    },
    { name: 'JAX', program: 'teacher_jax.py', packages: ['jax'], variants: [''], goal: 1 },
  ],
  agreement: { steps: 10, tolerance: 1e-3, falls: true },
} satisfies Workload;
