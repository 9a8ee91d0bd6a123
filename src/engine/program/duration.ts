import { sizeOf } from './ir';
import type { Step } from './steps';

/** Multiplications with addition, operations of bodies, and elements of anything else, that a core does in a nanosecond. */
const PRODUCTS = 40;
/** Elements of matrices that a core gets from memory in a nanosecond: what a product of one row waits for. */
const MATRIX_ELEMENTS = 12;
const OPERATIONS = 4;
const ELEMENTS = 1;

/** About how many nanoseconds a step takes one thread, within a factor of two or three. */
export function durationOf(step: Step, elementsOf: (value: number) => number): number {
  switch (step.kind) {
    case 'map':
    case 'reduce':
      return (step.body.count * (step.body.loads.length + step.body.operations.length)) / OPERATIONS;
    case 'gemm': {
      const { batch, m, n, k } = step;
      return batch * Math.max((m * n * k) / PRODUCTS, (m * k + k * n + m * n) / MATRIX_ELEMENTS);
    }
    case 'copy':
      return step.parts.reduce((sum, { count }) => sum + count, 0) / ELEMENTS;
    case 'fill':
      return elementsOf(step.output) / ELEMENTS;
    case 'kernel': {
      const { op, shape } = step.node;
      if (op.kind === 'windowed') {
        const { batch, outHeight, outWidth, outChannels, kernelHeight, kernelWidth, inChannels } = op.window;
        const cells = batch * outHeight * outWidth * outChannels * kernelHeight * kernelWidth;
        return op.name.startsWith('conv2d') ? (cells * inChannels) / PRODUCTS : cells / ELEMENTS;
      }
      const read = step.operands.reduce((sum, operand) => sum + sizeOf(operand.shape), 0);
      return (read + sizeOf(shape)) / ELEMENTS;
    }
  }
}
