import * as tf from '@tensorflow/tfjs';
import type { z } from 'zod';
import { graphBatch, knownLabels, maskOf, withMask } from '../../graphs/batch';
import { accuracy, decisions } from '../../graphs/evaluate/accuracy';
import { bestValidation } from '../../graphs/evaluate/best-validation';
import { predictor } from '../../graphs/evaluate/predict';
import { buildGraphObjective } from '../../graphs/objective';
import { nodeBatches, nodeRows } from '../../graphs/sources/node-batches';
import { type SamplingOptions, sampled, stepsOfEpoch } from '../../graphs/sources/sampled';
import { wholeGraph } from '../../graphs/sources/whole-graph';
import type { objectives } from '../../src/config/objectives';
import type { updateShape } from '../../src/config/training';
import { KdlabError } from '../../src/core/errors';
import { momentAt } from '../../src/core/moment';
import type { Stage } from '../../src/core/trainer';
import type { Batch, Model, Objective, Source, Teacher } from '../../src/core/types';
import type { Rng } from '../../src/math/rng';
import { learnerOf } from './estimators';
import type { GraphTask } from './graph-task';

type Entries = z.output<ReturnType<typeof objectives>>;
type Updates = { [key in keyof ReturnType<typeof updateShape>]: z.output<ReturnType<typeof updateShape>[key]> };

export interface GraphTraining extends Updates {
  readonly epochs: number;
  readonly patience?: number | undefined;
  readonly evaluateEvery: number;
  readonly decay?: { readonly lambda: number; readonly only: string } | undefined;
  /** Nodes a step, each without its graph; absent: the whole graph. */
  readonly batchSize?: number | undefined;
  /** Parts of the graph a step: neighbours drawn, or clusters. */
  readonly sampling?: SamplingOptions | undefined;
}

export interface GraphStageParts {
  readonly name: string;
  readonly title: (objective: string) => string;
  readonly model: Model;
  readonly training: GraphTraining;
  readonly objective: Entries;
  /** Whether only the nodes with a label are learnt from. */
  readonly labelled?: boolean;
  /** A teacher with these taps, where there is one. */
  readonly teach?: (taps: readonly string[]) => Teacher;
  readonly randomness?: string;
}

/** What the stages of one run share. */
export interface GraphStagePlace {
  readonly task: GraphTask;
  /** The observed graph with the labels of the training nodes. */
  readonly all: Batch;
  readonly teacher: Model;
  readonly folders: readonly string[];
  readonly rng: Rng;
}

/** The observed graph with the labels of the training nodes alone; the caller disposes it. */
export function observedBatch({ observed, split, positions }: GraphTask): Batch {
  const labels = knownLabels(observed.labels, split.train);
  return graphBatch(observed, { labels, ...(positions && { positions: positions.observed }) });
}

/** Stages on one graph, each ending with the parameters of its best validation. Throws KdlabError where parts do not fit. */
export function graphStages(place: GraphStagePlace): (parts: GraphStageParts) => Stage {
  const { task, all, teacher, folders, rng } = place;
  const { observed, split } = task;
  const marked = withMask(all, maskOf(observed.nodes, split.train));
  const guide: Teacher = { ...teacher, signal: (nodes) => teacher.forward(nodes, { training: false }) };
  return ({ name, title, model, training, objective: entries, labelled = false, teach, randomness = name }) => {
    const { epochs, patience, evaluateEvery, decay, batchSize, sampling } = training;
    if (batchSize !== undefined && sampling !== undefined)
      throw new KdlabError(
        `stage "${name}": give batchSize (nodes without their graph) or sampling (with parts of it)`,
      );
    const batch = labelled ? marked : all;
    const decayed = decay === undefined ? [] : [{ l2: decay, weight: 1 }];
    const at = { student: model, teachers: [guide], batch, rng: rng.split(`objective/${randomness}`) };
    const objective = buildGraphObjective([...entries, ...decayed], folders, at);
    const nodes = labelled ? split.train : Int32Array.from({ length: observed.nodes }, (_, node) => node);
    const stepsPerEpoch =
      sampling !== undefined
        ? stepsOfEpoch(sampling, nodes.length)
        : batchSize === undefined
          ? 1
          : Math.max(1, Math.floor(nodes.length / batchSize));
    const { evaluation, kept } = bestValidation({
      params: model.params,
      steps: epochs * stepsPerEpoch,
      every: evaluateEvery * stepsPerEpoch,
      ...(patience === undefined ? {} : { patience }),
      validate: batchSize === undefined ? validateOnGraph(model, place) : validateOnRows(model, task),
    });
    let source: Source = wholeGraph({ batch, features: observed.features.columns, kept });
    const labels = knownLabels(observed.labels, split.train);
    const positions = task.positions?.observed;
    if (sampling !== undefined)
      source = sampled({
        graph: observed,
        labels,
        nodes,
        sampling,
        positions,
        kept,
        rng: rng.split(`sampling/${randomness}`),
      });
    if (batchSize !== undefined) {
      source = nodeBatches({ graph: observed, labels, nodes, batchSize, positions, kept });
      assertNeedsNoGraph(name, model, objective, { guide, all, example: source.example!() });
    }
    return {
      name,
      title: title(nameOfList(entries)),
      learners: [learnerOf(name, model, objective, training)],
      teachers: teach === undefined ? [] : [teach(objective.needs.teacher ?? [])],
      source,
      steps: epochs * stepsPerEpoch,
      randomness,
      evaluation,
    };
  };
}

function validateOnGraph(model: Model, { task: { observed, split }, all }: GraphStagePlace): () => number {
  const predict = predictor(model, all);
  return () => accuracy(decisions(predict(), model.classes), observed.labels, split.validation).mean;
}

function validateOnRows(model: Model, { observed, positions, split: { validation } }: GraphTask): () => number {
  const predict = predictor(model, nodeRows(observed, observed.labels, validation, positions?.observed));
  const labels = validation.map((node) => observed.labels[node]!);
  const every = labels.map((_, i) => i);
  return () => accuracy(decisions(predict(), model.classes), labels, every).mean;
}

/** Tries a step's loss on nodes without their graph: what needs it says so, before anything is trained. */
function assertNeedsNoGraph(
  stage: string,
  model: Model,
  objective: Objective,
  { guide, all, example }: { guide: Teacher; all: Batch; example: Batch },
): void {
  tf.tidy(() => {
    const ids = tf.tensor1d(example.ids!, 'int32');
    const logits = tf.gather(guide.signal(all).logits, ids);
    try {
      const outputs = model.forward(example, { training: false });
      const lesson = { batch: example, teachers: [{ logits, taps: {} }] };
      objective.loss(outputs, lesson, momentAt({ step: 0, epoch: 0, progress: 0 }));
    } catch (error) {
      // Taps of the teacher are not there yet; whether it will have them is checked elsewhere.
      if (error instanceof KdlabError)
        throw new KdlabError(`stage "${stage}" with batchSize, nodes without their graph: ${error.message}`);
    }
  });
}

/** `glnn+gsp` of a list of objectives. */
function nameOfList(entries: readonly Readonly<Record<string, unknown>>[]): string {
  return entries.map(({ weight: _, ...part }) => Object.keys(part)[0]).join('+');
}
