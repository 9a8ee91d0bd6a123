import { z } from 'zod';
import { section } from '../core/section';
import type { Batch, Source, SourceContext } from '../core/types';
import { generate } from '../text/generate';
import { nextTokenBatch, rowsOf, type Sequences } from '../text/sequences';
import { ShuffledEpochs } from './epochs';
import { lent } from './lent';

/** Who writes what a causal student learns from. */
export const writtenSchema = section({
  by: z.enum(['corpus', 'teacher', 'student']).default('corpus'),
  share: z.number().min(0).max(1).default(1).describe('of batches written so; the others are of the corpus'),
  prompt: z.number().int().positive().default(3).describe('tokens of the corpus that a written sequence begins with'),
  temperature: z.number().min(0).default(1).describe('of the draws; 0 takes the most likely token'),
});

export interface LanguageOptions {
  readonly sequences: Sequences;
  readonly end: number;
  readonly batchSize: number;
  readonly written?: z.output<typeof writtenSchema>;
}

/**
 * Batches of next tokens: x, y and mask [n·length]. With `written` by the teacher it is sequence-level distillation (Kim
 * and Rush 2016, arXiv:1606.07947, with samples instead of a beam), by the student on-policy distillation with λ =
 * `share` (Agarwal et al. 2024, arXiv:2306.13649); tokens of the prompt then do not count. What is written in a step
 * depends on the key, the step and the writer's parameters only.
 */
export function languageSource({ sequences, end, batchSize, written }: LanguageOptions): Source {
  const { width, pad, count } = sequences;
  const epochs = new ShuffledEpochs(count, batchSize);
  let step = 0;
  function* made({ rng, student, teachers }: SourceContext): Generator<Batch> {
    for (const { chosen } of epochs.batches(rng)) {
      const key = rng.split('written', step++);
      const rows = rowsOf(sequences, chosen);
      const own = written !== undefined && written.by !== 'corpus' && key.uniform(1)[0]! < written.share;
      yield own
        ? nextTokenBatch(
            generate(written.by === 'teacher' ? teachers[0]! : student, {
              ...written,
              rows,
              width,
              pad,
              end,
              rng: key.split('tokens'),
            }),
            sequences,
            written.prompt,
          )
        : nextTokenBatch(rows, sequences);
    }
  }
  let example: Batch | undefined;
  return {
    sampling: { kind: written === undefined || written.by === 'corpus' ? 'shuffle' : 'stream' },
    inputShape: [],
    augmented: written?.by === 'student' || written?.by === 'teacher',
    stepsPerEpoch: epochs.stepsPerEpoch,
    batches: (context) => lent(made(context)),
    save: () => ({ step, ...(epochs.save() as object) }),
    load: (state) => {
      epochs.load(state);
      step = state.step as number;
    },
    example: () => {
      example ??= nextTokenBatch(rowsOf(sequences, Int32Array.of(0)), sequences);
      return example;
    },
  };
}
