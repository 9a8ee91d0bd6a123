import * as tf from '@tensorflow/tfjs';
import type { Batch, Model } from '../../src/core/types';
import { activeMachine } from '../../src/engine/machine';
import { optimize } from '../../src/engine/program/optimize';
import { Program } from '../../src/engine/program/program';
import { trace, Untraceable } from '../../src/engine/trace';

/** Logits of every node of a batch, [nodes · classes], row by row; overwritten by the next call. */
export type Predict = () => Float32Array;

/**
 * A model in evaluation mode on one batch: a compiled program that holds the graph where the engine has them, tfjs'
 * operations elsewhere. It always computes with the model's current parameters.
 */
export function predictor(model: Model, batch: Batch): Predict {
  let program: Program | undefined;
  let eager = false;
  const forward = () => model.forward(batch, { training: false }).logits;
  return () => {
    const machine = activeMachine();
    if (machine !== undefined && !eager) {
      try {
        program ??= Program.make(optimize(trace(() => ({ logits: forward() }))), machine);
        return program.run({}).logits!;
      } catch (error) {
        if (!(error instanceof Untraceable)) throw error;
        eager = true;
      }
    }
    return tf.tidy(() => Float32Array.from(forward().dataSync()));
  };
}
