import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { section } from '../../src/core/section';
import type { Terms } from '../../src/core/types';
import { stopGradient } from '../../src/math/gradient';
import { projectionWhereNeeded } from '../../src/objectives/parts/projection';
import { graphOf } from '../batch';
import { perEdge } from '../counted';
import { embeddingDiscriminator, type Hold, logitDiscriminator, verdict } from '../discriminators';
import { knownCrossEntropy } from '../known-labels';
import { graphObjective, tapOf, widthsOf } from '../objective';

/**
 * GraphAKD, He, Wang, Zhang, Wu, "Compressing Deep Graph Neural Networks via Adversarial Knowledge Distillation", 2022
 * (arXiv:2205.11678): discriminators learn to tell the teacher's node embeddings (pairs along edges; a node against the
 * mean of all, of either network) and logits from the student's, the student to deceive them; with the logits' L1
 * distance, as in the authors' program. Discriminators and student move in the same step, where the program alternates.
 * Add `node-labels`. Terms `discriminators`, `deception`, `distance` [n].
 */
export default graphObjective({
  description: 'discriminators of embeddings and logits that the student learns to deceive (GraphAKD, He 2022)',
  paper: 'arXiv:2205.11678',
  options: section({
    student: z.string().default('hidden1').describe('tap of the student'),
    teacher: z.string().default('hidden1').describe('tap of the teacher'),
    distance: z.number().min(0).default(1).describe('weight of the L1 distance of the logits'),
  }),
  build: ({ student: own, teacher: theirs, distance }, place) => {
    const widths = widthsOf(place, 'graph-akd', { student: own, teacher: theirs });
    const map = projectionWhereNeeded('map', place.rng, widths.student, widths.teacher);
    const rows = embeddingDiscriminator('embedding', widths.teacher);
    const votes = logitDiscriminator('logit', place.rng, place.student.classes);
    const live = <T extends tf.Tensor>(x: T) => x;
    return {
      needs: { student: [own], teacher: ['logits', theirs] },
      teachers: 1,
      coupling: 'batch',
      params: { ...map.params, ...rows.params, ...votes.params },
      loss: (student, { batch, teachers }): Terms => {
        const { loops } = graphOf(batch, 'graph-akd');
        const teacher = teachers[0]!;
        const [ours, target] = [map.apply(tapOf(student, own)), tapOf(teacher, theirs)];
        const pairs = (h: tf.Tensor2D, real: boolean, hold: Hold) =>
          tf.mul<tf.Tensor1D>(rows.pairs(loops, h, real, hold), perEdge(loops, batch));
        // What the discriminators learn: who is who, and the known classes from either.
        const [still, stillLogits] = [stopGradient(ours), stopGradient(student.logits)];
        const told = (logits: tf.Tensor2D, real: boolean): tf.Tensor1D => {
          const { classes, source } = votes.read(logits, live);
          return half(tf.add(verdict(source, real), knownCrossEntropy(classes, batch, 'graph-akd')));
        };
        const [taught, learnt] = [rows.summary(target, batch), rows.summary(still, batch)];
        const discriminators = sum([
          told(teacher.logits, true),
          told(stillLogits, false),
          pairs(target, true, live),
          pairs(still, false, live),
          rows.against(taught, target, true, live),
          rows.against(taught, still, false, live),
          rows.against(learnt, still, true, live),
          rows.against(learnt, target, false, live),
        ]);
        // What the student learns, the discriminators as they are.
        const { classes, source } = votes.read(student.logits, stopGradient);
        const summary = rows.summary(ours, batch);
        const deception = sum([
          half(tf.add(verdict(source, true), knownCrossEntropy(classes, batch, 'graph-akd'))),
          pairs(ours, true, stopGradient),
          rows.against(taught, ours, true, stopGradient),
          rows.against(summary, ours, true, stopGradient),
          rows.against(summary, target, false, stopGradient),
        ]);
        if (distance === 0) return { discriminators, deception };
        const apart = tf.sum<tf.Tensor1D>(tf.abs(tf.sub(student.logits, teacher.logits)), 1);
        return { discriminators, deception, distance: tf.mul<tf.Tensor1D>(apart, distance) };
      },
    };
  },
});

function sum(terms: readonly tf.Tensor1D[]): tf.Tensor1D {
  return terms.reduce((total, term) => tf.add(total, term));
}

function half(term: tf.Tensor1D): tf.Tensor1D {
  return tf.mul(term, 0.5);
}
