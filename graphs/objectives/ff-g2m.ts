import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { schedule } from '../../src/core/schedule';
import { section } from '../../src/core/section';
import type { Terms } from '../../src/core/types';
import { graphOf } from '../batch';
import { perEdge } from '../counted';
import { highFrequency, lowFrequency } from '../edge-frequencies';
import { knownCrossEntropy } from '../known-labels';
import { graphObjective } from '../objective';

/**
 * Wu, Lin, Huang, Fan, Li, "Extracting Low-/High-Frequency Knowledge from GNNs and Injecting it into MLPs", 2023
 * (arXiv:2305.10758), eq. 10: λ·CE of the labelled nodes + (1 − λ)(LFD + HFD), over edges with self loops; the temperature divides
 * differences of the high-frequency term alone. Terms `hard`, `low`, `high` [n].
 */
export default graphObjective({
  description: 'what a GNN’s predictions share and differ by along edges, for an MLP (FF-G2M, Wu 2023)',
  paper: 'arXiv:2305.10758',
  options: section({
    lambda: z.number().min(0).lt(1).default(0.4).describe('weight of the labels'),
    temperature: schedule({ exclusiveMin: 0 }).default(1.5),
  }),
  build: ({ lambda, temperature }) => ({
    needs: { teacher: ['logits'] },
    teachers: 1,
    coupling: 'batch',
    loss: (student, { batch, teachers }, at): Terms => {
      const { loops } = graphOf(batch, 'ff-g2m');
      const { logits } = teachers[0]!;
      const weighed = (term: tf.Tensor1D, weight: number): tf.Tensor1D => tf.mul(term, weight);
      const alongEdges = (sums: tf.Tensor1D) => weighed(tf.mul<tf.Tensor1D>(sums, perEdge(loops, batch)), 1 - lambda);
      const soft = {
        low: alongEdges(lowFrequency(loops, logits, student.logits, 1)),
        high: alongEdges(highFrequency(loops, logits, student.logits, at.value(temperature))),
      };
      if (lambda === 0) return soft;
      return { ...soft, hard: weighed(knownCrossEntropy(student.logits, batch, 'ff-g2m'), lambda) };
    },
  }),
});
