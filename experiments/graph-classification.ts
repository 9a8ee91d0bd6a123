import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { accuracy, decisions } from '../graphs/evaluate/accuracy';
import { predictor } from '../graphs/evaluate/predict';
import { moleculeOptions, molecules } from '../graphs/generators/molecules';
import type { GraphSet } from '../graphs/graph-set';
import { graphBatches } from '../graphs/sources/graph-batches';
import { baseShape } from '../src/config/base';
import { objectives } from '../src/config/objectives';
import { FOLDERS } from '../src/config/training';
import { experiment } from '../src/core/experiment';
import type { ModelDefinition } from '../src/core/model';
import { type Named, named, nameOf } from '../src/core/named';
import { describeAll, resolveNamed } from '../src/core/resolve';
import { section } from '../src/core/section';
import type { Model } from '../src/core/types';
import { disposeBatch } from '../src/data/batch';
import { fidelity } from '../src/evaluate/classification';
import { Rng } from '../src/math/rng';
import { quantile } from '../src/math/statistics';
import { distillationStages, trainingShape } from './parts/distillation';
import { sharedCatalogue } from './parts/estimators';
import { distilledResults } from './results/distilled';

const MODELS = [path.resolve(__dirname, '../graphs/graph-models'), FOLDERS.models];
const objectiveList = objectives([FOLDERS.objectives]);
type Objectives = z.output<typeof objectiveList>;
const LABELS = [{ 'cross-entropy': {}, weight: 1 }] as unknown as Objectives;

const trainable = { model: named('model', MODELS), ...trainingShape(64, 'graphs') };

export const schema = section({
  ...baseShape,
  dataset: section({
    name: z.literal('molecules').default('molecules'),
    ...moleculeOptions.shape,
    seed: z.number().int().min(0).default(0).describe('of the graphs, the same for all seeds of a run'),
    train: z.number().int().positive().default(400).describe('graphs with a label'),
    unlabelled: z.number().int().min(0).default(0).describe('further graphs that only the student sees'),
    validation: z.number().int().positive().default(300),
  }),
  teacher: section({ ...trainable, objective: objectiveList.default(LABELS) }),
  student: section({
    ...trainable,
    objective: objectiveList.default([{ kd: { temperature: 2, alpha: 0.9 }, weight: 1 }] as unknown as Objectives),
  }),
  baseline: z.boolean().default(true).describe('train the same student without the teacher'),
});

/** Requests that latencies are measured with. */
const REQUESTS = 60;

/** Classes of whole graphs: a message-passing teacher, a smaller student or one without structure, the same student alone. */
export default experiment({
  description: 'classes of whole graphs: teacher, distilled student, the same student alone',
  schema,
  catalogue: () => ({
    ...sharedCatalogue(),
    models: describeAll('model', MODELS),
    datasets: [
      { name: 'molecules', description: 'Molecule-like graphs, of class 1 where a carbon joins N to O; generated' },
    ],
  }),
  build: async (config, { rng }) => {
    const { name, seed, train, unlabelled, validation, ...options } = config.dataset;
    const set = molecules(options, Rng.root(seed).split(name));
    const order = rng.split('split').permutation(set.count);
    const part = (from: number, count: number) => order.slice(from, from + count);
    const labelled = part(0, train);
    const seen = part(0, train + unlabelled);
    const test = order.slice(train + unlabelled + validation);
    if (test.length === 0)
      throw new RangeError(`${set.count} graphs, ${train + unlabelled + validation} of them to train and validate on`);
    const make = (id: string, model: Named, key: string): Model => {
      const { name: kind, options: chosen } = nameOf(model);
      const place = { id, inputShape: [set.parts.columns], classes: set.parts.classes, rng: rng.split(key) };
      return resolveNamed<ModelDefinition>('model', MODELS, kind).build(chosen, place);
    };
    const models = {
      teacher: make('teacher', config.teacher.model, 'teacher'),
      student: make('student', config.student.model, 'student'),
      ...(config.baseline ? { baseline: make('baseline', config.student.model, 'student') } : {}),
    };
    const held = set.batch(part(train + unlabelled, validation));
    const labelsOf = (graphs: Int32Array) => graphs.map((graph) => set.parts.labels[graph]!);
    const score = (logits: Float32Array, graphs: Int32Array) =>
      accuracy(
        decisions(logits, set.parts.classes),
        labelsOf(graphs),
        Int32Array.from(graphs, (_, i) => i),
      );
    const stages = distillationStages({
      teacher: { model: models.teacher, training: config.teacher },
      student: { model: models.student, training: config.student },
      ...(models.baseline && { baseline: { model: models.baseline, objective: LABELS } }),
      folders: [FOLDERS.objectives],
      source: (stage, kept) =>
        graphBatches({
          set,
          graphs: stage === 'student' ? seen : labelled,
          batchSize: stage === 'teacher' ? config.teacher.batchSize : config.student.batchSize,
          ...(kept && { kept }),
        }),
      validate: (model) => {
        const predict = predictor(model, held);
        return () => score(predict(), held.ids!).mean;
      },
      rng,
    });
    return {
      stages,
      datasets: [{ name, digest: set.digest, source: 'generated' }],
      models,
      evaluate: async (trained) => {
        const batch = set.batch(test);
        const logits = new Map(
          Object.values(models).map((model) => [model, Float32Array.from(predictor(model, batch)())]),
        );
        disposeBatch(batch);
        const predictions = (model: Model) => ({
          logits: logits.get(model)!,
          labels: Uint8Array.from(labelsOf(test)),
          classes: set.parts.classes,
        });
        return distilledResults({
          subject: 'molecules',
          metric: { key: 'testAccuracy', title: 'Test accuracy' },
          config,
          models,
          trained,
          judge: (model, role) => ({
            metrics: { testAccuracy: score(logits.get(model)!, test) },
            ...(role === 'teacher' ? {} : { fidelity: fidelity(predictions(models.teacher), predictions(model)) }),
            latency: latencyOf(model, set, test),
          }),
          notes: [
            `Intervals: 95 %, over ${test.length} test graphs of one seed; they do not cover the choice of seed (use --seeds).`,
            `Latency: ${REQUESTS} graphs one by one, gathered each time, by tfjs’ operations for all models alike.`,
          ],
        });
      },
    };
  },
});

/** Milliseconds to gather one graph and decide it. */
function latencyOf(model: Model, set: GraphSet, graphs: Int32Array): { p50: number; p95: number } {
  const ask = (graph: number) => {
    const batch = set.batch(Int32Array.of(graph));
    tf.tidy(() => model.forward(batch, { training: false }).logits.dataSync());
    disposeBatch(batch);
  };
  const asked = Array.from({ length: Math.min(REQUESTS, graphs.length) }, (_, i) => graphs[i]!);
  for (const graph of asked.slice(0, 5)) ask(graph);
  const times = asked.map((graph) => {
    const start = performance.now();
    ask(graph);
    return performance.now() - start;
  });
  return { p50: quantile(times, 0.5), p95: quantile(times, 0.95) };
}
