import { z } from 'zod';
import { baseShape } from '../src/config/base';
import { buildObjective, objectives } from '../src/config/objectives';
import { buildModel, FOLDERS, modelSchema } from '../src/config/training';
import { KdlabError } from '../src/core/errors';
import { experiment } from '../src/core/experiment';
import type { ModelDefinition } from '../src/core/model';
import { nameOf } from '../src/core/named';
import { resolveNamed } from '../src/core/resolve';
import { section } from '../src/core/section';
import type { Stage } from '../src/core/trainer';
import type { Model, Objective, Source } from '../src/core/types';
import { errorRate } from '../src/evaluate/classification';
import { labelledSequencesSource } from '../src/sources/labelled-sequences';
import { languageSource, writtenSchema } from '../src/sources/language';
import { networkTeacher } from '../src/teachers/network';
import { type Corpus, corpusSchema, loadCorpus } from '../src/text/corpus';
import { measureLanguage, predictSequences } from '../src/text/evaluate';
import { labelledSequences, languageSequences } from '../src/text/sequences';
import { makeTokenizer, tokenizerSchema } from '../src/text/tokenizer';
import { learnerOf, sharedCatalogue, updateShape } from './parts/estimators';
import { textResults } from './results/text';

const trainingShape = {
  epochs: z.number().int().positive().default(10),
  batchSize: z.number().int().positive().default(64),
  ...updateShape,
};

export const schema = section({
  ...baseShape,
  task: z.enum(['classification', 'language']).describe('the class of a text, or the next token at every place'),
  corpus: corpusSchema.default({ opinions: { train: 4000, test: 1000, depth: 2, seed: 0 } }),
  tokenizer: tokenizerSchema.default({ bpe: { vocabulary: 512 } }),
  length: z.number().int().min(4).max(512).default(40).describe('tokens of a sequence'),
  validation: z.number().gt(0).lt(1).default(0.1).describe('share of the training texts that is held out'),
  teacher: section({ model: modelSchema, ...trainingShape }),
  student: section({
    model: modelSchema,
    objective: objectives([FOLDERS.objectives]).default([{ kd: { temperature: 1, alpha: 1 }, weight: 1 }]),
    written: writtenSchema
      .default({ by: 'corpus', share: 1, prompt: 3, temperature: 1 })
      .describe('who writes the sequences of a causal student'),
    ...trainingShape,
  }),
  baseline: z.boolean().default(true).describe('train the same student without the teacher'),
});

export type TextConfig = z.output<typeof schema>;

/**
 * Text: a transformer taught by the corpus, a smaller one taught by it, the same smaller one from the same start on the
 * same texts without it. Either classification of texts, or a language model whose every token is an example.
 */
export default experiment({
  description: 'text: transformer encoders that classify, causal ones that write',
  schema,
  catalogue: () => sharedCatalogue(),
  build: async (config, { rng }) => {
    const { task, length } = config;
    const corpus = loadCorpus(config.corpus, rng);
    const [train, validation] = heldOut(corpus, config.validation);
    const tokenizer = makeTokenizer(config.tokenizer, train.texts);
    const classify = task === 'classification';
    const encoded = (texts: typeof train) =>
      (classify ? labelledSequences : languageSequences)(texts, tokenizer, length);
    const sequences = { train: encoded(train), validation: encoded(validation), test: encoded(corpus.test) };
    const { size: vocabulary, pad, end } = tokenizer;
    const make = (id: string, part: TextConfig['teacher']['model'], key: string): Model => {
      const { name } = nameOf(part);
      if (resolveNamed<ModelDefinition>('model', [FOLDERS.models], name).input !== 'tokens')
        throw new KdlabError(`${id}: model ${name} takes no token numbers; use encoder or decoder`);
      if ((name === 'decoder') === classify)
        throw new KdlabError(
          `${id}: task ${task} needs ${classify ? 'an encoder, found a decoder' : 'a decoder, found an encoder'}`,
        );
      const shape = classify
        ? { inputShape: [length], classes: corpus.classes.length }
        : { inputShape: [], classes: vocabulary };
      return buildModel(part, { id, ...shape, rng: rng.split(key), tokens: { vocabulary, length, pad } });
    };
    const teacher = make('teacher', config.teacher.model, 'teacher');
    const student = make('student', config.student.model, 'student');
    // The same key as the student's: both begin with the same weights.
    const baseline = make('baseline', config.student.model, 'student');
    const sourceOf = (batchSize: number, written?: TextConfig['student']['written']): Source =>
      classify
        ? labelledSequencesSource(sequences.train, batchSize)
        : languageSource({ sequences: sequences.train, end, batchSize, ...(written === undefined ? {} : { written }) });
    if (classify && config.student.written.by !== 'corpus')
      throw new KdlabError(
        `student.written: a text written by the ${config.student.written.by} has no label; task: language has it`,
      );

    const stage = (
      name: string,
      title: string,
      model: Model,
      objective: Objective,
      options: TextConfig['teacher'],
      source: Source,
      teachers: Stage['teachers'],
      randomness: string,
    ): Stage => ({
      name,
      title,
      learners: [learnerOf(name, model, objective, options)],
      teachers,
      source,
      steps: options.epochs * source.stepsPerEpoch!,
      randomness,
      evaluation: {
        every: source.stepsPerEpoch!,
        measure: () =>
          classify
            ? { validationError: errorRate(predictSequences(model, sequences.validation)).mean }
            : { validationPerplexity: measureLanguage(model, sequences.validation).perplexity.mean },
      },
    });
    const plain = buildObjective([{ 'cross-entropy': {}, weight: 1 }], [FOLDERS.objectives]);
    const guide = networkTeacher(teacher);
    const studentSource = sourceOf(config.student.batchSize, config.student.written);
    const distil = buildObjective(config.student.objective, [FOLDERS.objectives], {
      student,
      teachers: [guide],
      batch: studentSource.example!(),
      rng: rng.split('objective'),
    });
    return {
      stages: [
        stage(
          'teacher',
          'teacher, from the corpus',
          teacher,
          plain,
          config.teacher,
          sourceOf(config.teacher.batchSize),
          [],
          'teacher',
        ),
        stage(
          'student',
          `student, from the teacher (${distil.name}${classify ? '' : `, texts of the ${config.student.written.by}`})`,
          student,
          distil,
          config.student,
          studentSource,
          [guide],
          'student',
        ),
        ...(config.baseline
          ? [
              stage(
                'baseline',
                'the same student, from the corpus alone',
                baseline,
                plain,
                config.student,
                sourceOf(config.student.batchSize),
                [],
                'student',
              ),
            ]
          : []),
      ],
      datasets: [{ name: corpus.name, digest: corpus.digest, source: corpus.source, splitHash: tokenizer.digest }],
      models: { teacher, student, ...(config.baseline ? { baseline } : {}) },
      evaluate: async () =>
        textResults({
          config,
          corpus,
          tokenizer,
          test: sequences.test,
          models: { teacher, student, ...(config.baseline ? { baseline } : {}) },
          rng: rng.split('evaluate'),
        }),
    };
  },
});

/** The last texts of training are held out: their order says nothing. Throws KdlabError where too few are left. */
function heldOut({ train, name }: Corpus, share: number): [Corpus['train'], Corpus['train']] {
  const count = train.texts.length - Math.max(1, Math.round(train.texts.length * share));
  if (count < 1)
    throw new KdlabError(`corpus ${name}: ${train.texts.length} training texts leave none after validation`);
  const part = (from: number, to?: number) => ({
    texts: train.texts.slice(from, to),
    ...(train.labels === undefined ? {} : { labels: train.labels.slice(from, to) }),
  });
  return [part(0, count), part(count)];
}
