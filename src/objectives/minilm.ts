import { z } from 'zod';
import { tapOf } from '../core/lesson';
import { objective } from '../core/objective';
import { section } from '../core/section';
import type { Terms } from '../core/types';
import { layerPairs, rowsKl } from './parts/blocks';
import { sameHeads } from './parts/heads';
import { tapShapes } from './parts/taps';

/**
 * Wang et al., "MiniLM", 2020 (arXiv:2002.10957), equations 7 and 9: KL of the last layer's attention, and of its values'
 * relation softmax(V·Vᵀ/√d), averaged over heads and tokens. Needs no map of widths. Terms `attention`, `relation` [n].
 */
export default objective({
  description: 'last layer’s attention and relation of values as the teacher’s (MiniLM, Wang 2020)',
  paper: 'arXiv:2002.10957',
  options: section({
    relation: z.boolean().default(true).describe('the values’ relation beside the attention'),
    teacherLayer: z.number().int().positive().optional().describe('default: the last one'),
  }),
  build: ({ relation, teacherLayer }, place) => {
    const last = (kind: string) => {
      const { student, teacher } = layerPairs(place, 'minilm', kind, 'last').at(-1)!;
      return { student, teacher: teacherLayer === undefined ? teacher : `${kind}${teacherLayer}` };
    };
    const pairs = { attention: last('attention'), ...(relation ? { relation: last('relation') } : {}) };
    for (const pair of Object.values(pairs)) sameHeads('minilm', tapShapes(place, 'minilm', pair));
    return {
      needs: {
        student: Object.values(pairs).map(({ student }) => student),
        teacher: Object.values(pairs).map(({ teacher }) => teacher),
      },
      teachers: 1,
      coupling: 'example',
      loss: (student, { teachers }): Terms =>
        Object.fromEntries(
          Object.entries(pairs).map(([term, pair]) => [
            term,
            rowsKl(tapOf(teachers[0]!, pair.teacher), tapOf(student, pair.student)),
          ]),
        ),
    };
  },
});
