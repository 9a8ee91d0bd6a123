import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { tapOf } from '../core/lesson';
import { objective } from '../core/objective';
import { section } from '../core/section';
import type { Terms } from '../core/types';
import { meanSquaredError } from '../math/divergence';
import { layerPairs, layersSchema, mapRows } from './parts/blocks';
import { sameHeads } from './parts/heads';
import { type Projection, projectionWhereNeeded } from './parts/projection';
import { type TapPair, tapShapes } from './parts/taps';

/**
 * Jiao et al., "TinyBERT", 2020 (arXiv:1909.10351), equations 7 to 9: mean squared error of the embeddings and of each
 * pair of hidden layers, the student's through a learned map where widths differ, and of the scores of attention before
 * the softmax. The prediction layer (equation 10) is `kd` beside it. Terms `embedding`, `hidden`, `attention` [n], each
 * summed over layers.
 */
export default objective({
  description: 'embeddings, hidden layers and attention scores as the teacher’s (TinyBERT, Jiao 2020)',
  paper: 'arXiv:1909.10351',
  options: section({
    layers: layersSchema,
    embedding: z.boolean().default(true),
    hidden: z.boolean().default(true),
    attention: z.boolean().default(true),
  }),
  build: ({ layers, embedding, hidden, attention }, place) => {
    const widths = (pair: TapPair) => tapShapes(place, 'tinybert', pair);
    const mapOf = (name: string, pair: TapPair): Projection => {
      const { student, teacher } = widths(pair);
      return projectionWhereNeeded(name, place.rng.split(name), student.at(-1)!, teacher.at(-1)!);
    };
    const first = { student: 'embedding', teacher: 'embedding' };
    const hiddenPairs = hidden ? layerPairs(place, 'tinybert', 'hidden', layers) : [];
    const scorePairs = attention ? layerPairs(place, 'tinybert', 'scores', layers) : [];
    for (const pair of scorePairs) sameHeads('tinybert', widths(pair));
    const maps = {
      ...(embedding ? { embedding: mapOf('embedding', first) } : {}),
      ...(hidden ? { hidden: mapOf('hidden', hiddenPairs[0]!) } : {}),
    };
    const pairs = [...(embedding ? [first] : []), ...hiddenPairs, ...scorePairs];
    return {
      needs: { student: pairs.map(({ student }) => student), teacher: pairs.map(({ teacher }) => teacher) },
      teachers: 1,
      coupling: 'example',
      params: { ...maps.embedding?.params, ...maps.hidden?.params },
      loss: (student, { teachers }): Terms => {
        const over = (of: readonly TapPair[], map?: Projection) =>
          of
            .map((pair) => {
              const ours = tapOf<tf.Tensor>(student, pair.student);
              const target = tapOf<tf.Tensor>(teachers[0]!, pair.teacher);
              return meanSquaredError(target, map === undefined ? ours : mapRows(ours, map));
            })
            .reduce((a, b) => tf.add(a, b));
        return {
          ...(embedding ? { embedding: over([first], maps.embedding) } : {}),
          ...(hidden ? { hidden: over(hiddenPairs, maps.hidden) } : {}),
          ...(attention ? { attention: over(scorePairs) } : {}),
        };
      },
    };
  },
});
