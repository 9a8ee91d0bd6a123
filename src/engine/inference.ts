import * as tf from '@tensorflow/tfjs';
import type { Model, Outputs, Teacher } from '../core/types';
import { activeMachine } from './machine';
import { optimize } from './program/optimize';
import { Program } from './program/program';
import { trace, Untraceable } from './trace';

/** Logits [rows · classes] of examples x [rows · …input shape], row-major. The result is overwritten by the next call. */
export type Infer = (x: Float32Array, rows: number) => Float32Array;

/** Programs kept for one network, by number of rows; the oldest goes. */
const KEPT = 8;

/**
 * A network's forward pass in evaluation mode on plain arrays: a compiled program for each number of rows where the
 * engine has them, tfjs' operations elsewhere. It always computes with the network's current parameters.
 */
export function inference(network: Model | Teacher): Infer {
  let found = inferences.get(network);
  if (found === undefined) {
    found = makeInference(network);
    inferences.set(network, found);
  }
  return found;
}

const inferences = new WeakMap<Model | Teacher, Infer>();

function makeInference(network: Model | Teacher): Infer {
  const programs = new Map<number, Program>();
  let eager = 'lookup' in network && network.lookup === true;
  return (x, rows) => {
    if (!eager && activeMachine() !== undefined) {
      try {
        return programFor(network, programs, rows).run({ x }).logits!;
      } catch (error) {
        if (!(error instanceof Untraceable)) throw error;
        eager = true;
      }
    }
    return tf.tidy(
      () =>
        outputsOf(
          network,
          tf.tensor(x, [rows, ...network.inputShape], 'float32'),
          rows,
        ).logits.dataSync() as Float32Array,
    );
  };
}

function programFor(network: Model | Teacher, programs: Map<number, Program>, rows: number): Program {
  let program = programs.get(rows);
  if (program === undefined) {
    const graph = trace((scope) => ({
      logits: outputsOf(network, scope.placeholder('x', [rows, ...network.inputShape]), rows).logits,
    }));
    program = Program.make(optimize(graph), activeMachine()!);
    for (const [oldest, old] of programs) {
      if (programs.size < KEPT) break;
      programs.delete(oldest);
      old.dispose();
    }
    programs.set(rows, program);
  }
  return program;
}

function outputsOf(network: Model | Teacher, x: tf.Tensor, size: number): Outputs {
  return 'forward' in network ? network.forward({ x, size }, { training: false }) : network.signal({ x, size });
}
