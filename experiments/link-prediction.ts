import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { graphBatch } from '../graphs/batch';
import { listGraphs, loadGraph } from '../graphs/data/registry';
import { reached } from '../graphs/evaluate/latency';
import { areaUnderCurve, hitsAt } from '../graphs/evaluate/link-ranks';
import { predictor } from '../graphs/evaluate/predict';
import type { Graph } from '../graphs/graph';
import { disposePairs, linkBatch } from '../graphs/link-batch';
import { candidateCount, linkBatches } from '../graphs/sources/link-batches';
import { linkSplit, type Pairs } from '../graphs/splits/link-split';
import { subgraph } from '../graphs/transforms/components';
import { baseShape } from '../src/config/base';
import { objectives } from '../src/config/objectives';
import { FOLDERS } from '../src/config/training';
import { experiment } from '../src/core/experiment';
import type { ModelDefinition } from '../src/core/model';
import { type Named, named, nameOf } from '../src/core/named';
import { describeAll, resolveNamed } from '../src/core/resolve';
import { section } from '../src/core/section';
import type { Batch, Model } from '../src/core/types';
import { disposeBatch } from '../src/data/batch';
import { quantile } from '../src/math/statistics';
import { distillationStages, trainingShape } from './parts/distillation';
import { sharedCatalogue } from './parts/estimators';
import { distilledResults } from './results/distilled';

const MODELS = [path.resolve(__dirname, '../graphs/link-models')];
const OBJECTIVES = [path.resolve(__dirname, '../graphs/link-objectives'), FOLDERS.objectives];
const objectiveList = objectives(OBJECTIVES);
type Objectives = z.output<typeof objectiveList>;
const LABELS = [{ 'link-labels': {}, weight: 1 }] as unknown as Objectives;

const trainable = { model: named('model', MODELS), ...trainingShape(512, 'edges') };

export const schema = section({
  ...baseShape,
  dataset: section({
    name: z.enum(listGraphs().map(({ name }) => name) as [string, ...string[]]),
    generate: z.record(z.string(), z.unknown()).optional().describe('options of a generated graph, and its seed'),
    validation: z.number().gt(0).lt(1).default(0.05).describe('share of the edges'),
    test: z.number().gt(0).lt(1).default(0.1).describe('share of the edges'),
  }),
  candidates: section({
    walks: z.number().int().min(0).default(3).describe('from a node, whose nodes are candidates'),
    hops: z.number().int().positive().default(2).describe('steps of a walk'),
    random: z.number().int().positive().default(6).describe('random candidates'),
  }).default({ walks: 3, hops: 2, random: 6 }),
  hits: z.number().int().positive().default(20).describe('k of Hits@k'),
  teacher: section({ ...trainable, objective: objectiveList.default(LABELS) }),
  student: section({
    ...trainable,
    objective: objectiveList.default([
      { 'link-labels': {}, weight: 0.1 },
      { kd: { temperature: 1, alpha: 1 }, weight: 1 },
      { 'link-ranking': { margin: 0.1 }, weight: 1 },
    ] as unknown as Objectives),
  }),
  baseline: z.boolean().default(true).describe('train the same student without the teacher'),
});

/** Requests that latencies are measured with. */
const REQUESTS = 40;

/** Whether an edge joins two nodes: a teacher with the graph, a student without it, the same student alone. */
export default experiment({
  description: 'edges that are missing: a teacher with the graph, a distilled student, the same student alone',
  schema,
  catalogue: () => ({
    ...sharedCatalogue(),
    models: describeAll('model', MODELS),
    objectives: describeAll('objective', OBJECTIVES),
    datasets: listGraphs().map(({ name, description }) => ({ name, description })),
  }),
  build: async (config, { rng, dataDir, download, cacheDir, notify }) => {
    const { name, generate, validation, test } = config.dataset;
    const loaded = await loadGraph(name, {
      download,
      cacheDir,
      notify,
      ...(dataDir === undefined ? {} : { dataDir }),
      ...(generate && { generate }),
    });
    const split = linkSplit(loaded.graph, rng.split('split'), { validation, test });
    const { observed } = split;
    const nodes = graphBatch(observed);
    const make = (id: string, model: Named, key: string): Model => {
      const { name: kind, options } = nameOf(model);
      const classes = candidateCount(config.candidates);
      const place = { id, inputShape: [observed.features.columns], classes, rng: rng.split(key) };
      return resolveNamed<ModelDefinition>('model', MODELS, kind).build(options, place);
    };
    const models = {
      teacher: make('teacher', config.teacher.model, 'teacher'),
      student: make('student', config.student.model, 'student'),
      ...(config.baseline ? { baseline: make('baseline', config.student.model, 'student') } : {}),
    };
    const asked = (side: { edges: Pairs; others: Pairs }): Batch => linkBatch(nodes, both(side));
    const judged = (logits: Float32Array, edges: number) => {
      const [joined, apart] = [logits.slice(0, edges), logits.slice(edges)];
      return { hits: hitsAt(config.hits, joined, apart), areaUnderCurve: areaUnderCurve(joined, apart) };
    };
    const held = asked(split.validation);
    const stages = distillationStages({
      teacher: { model: models.teacher, training: config.teacher },
      student: { model: models.student, training: config.student },
      ...(models.baseline && { baseline: { model: models.baseline, objective: LABELS } }),
      folders: OBJECTIVES,
      source: (stage, kept) =>
        linkBatches({
          graph: observed,
          nodes,
          batchSize: stage === 'teacher' ? config.teacher.batchSize : config.student.batchSize,
          ...config.candidates,
          ...(kept && { kept }),
        }),
      validate: (model) => {
        const predict = predictor(model, held);
        // Hits count single edges; the area under the curve tells equal counts apart.
        return () => {
          const { hits, areaUnderCurve: area } = judged(predict(), split.validation.edges.from.length);
          return hits.mean + 1e-3 * area.mean;
        };
      },
      rng,
    });
    return {
      stages,
      datasets: [{ name, digest: loaded.graph.digest, source: loaded.source, splitHash: split.hash }],
      models,
      evaluate: async (trained) => {
        const batch = asked(split.test);
        const count = split.test.edges.from.length;
        const metric = `hitsAt${config.hits}`;
        const results = distilledResults({
          subject: `hidden edges of ${name}`,
          metric: { key: metric, title: `Hits@${config.hits}` },
          config,
          models,
          trained,
          judge: (model, role) => {
            const { hits, areaUnderCurve: area } = judged(predictor(model, batch)(), count);
            const part = role === 'teacher' ? config.teacher : config.student;
            return {
              metrics: { [metric]: hits, areaUnderCurve: area },
              latency: latencyOf(model, part.model, observed, split.test.edges),
            };
          },
          notes: [
            `${count} hidden edges among as many pairs without one; Hits@${config.hits}: the share of edges scored above all but ${config.hits - 1} of these.`,
            'Intervals: 95 %, over these edges, of one seed; they do not cover the choice of seed (use --seeds).',
            `Latency: ${REQUESTS} pairs one by one, neighbours found and features fetched each time, by tfjs’ operations for all models alike.`,
          ],
        });
        disposePairs(batch);
        return results;
      },
    };
  },
});

/** Edges, then pairs that are none, each an example with one candidate. */
function both({ edges, others }: { edges: Pairs; others: Pairs }): { anchors: Int32Array; candidates: Int32Array } {
  return {
    anchors: Int32Array.from([...edges.from, ...others.from]),
    candidates: Int32Array.from([...edges.to, ...others.to]),
  };
}

/** Milliseconds to find, gather and score one pair. */
function latencyOf(model: Model, part: Named, graph: Graph, { from, to }: Pairs): { p50: number; p95: number } {
  const { encoder, hidden } = nameOf(part).options as { encoder: string; hidden: readonly number[] };
  const hops = encoder === 'mlp' ? 0 : hidden.length;
  const ask = (pair: number) => {
    const ends = [from[pair]!, to[pair]!];
    const met = reached(graph, ends, hops);
    const nodes = graphBatch(subgraph(graph, met));
    const [anchor, candidate] = ends.map((node) => Int32Array.of(met.indexOf(node)));
    const batch = linkBatch(nodes, { anchors: anchor!, candidates: candidate! });
    tf.tidy(() => model.forward(batch, { training: false }).logits.dataSync());
    disposePairs(batch);
    disposeBatch(nodes);
  };
  const asked = Array.from({ length: Math.min(REQUESTS, from.length) }, (_, i) => i);
  for (const pair of asked.slice(0, 5)) ask(pair);
  const times = asked.map((pair) => {
    const start = performance.now();
    ask(pair);
    return performance.now() - start;
  });
  return { p50: quantile(times, 0.5), p95: quantile(times, 0.95) };
}
