import type * as tf from '@tensorflow/tfjs';
import type { Rng } from '../math/rng';
import type { Draws } from './draws';
import type { Schedule } from './schedule';
import type { State } from './state';

/**
 * Examples along axis 0 and whatever the world attaches to them. The maker of a batch disposes it.
 * `extras` holds what an objective asks for by name (an action, an advantage), each with a leading example axis.
 */
export interface Batch {
  readonly x: tf.Tensor;
  /** Class labels, int32 [n]. */
  readonly y?: tf.Tensor1D;
  readonly extras?: Readonly<Record<string, tf.Tensor>>;
  /** Stable example numbers within the data set: what a teacher cache is addressed by. */
  readonly ids?: Int32Array;
  /** 1 where the example counts, 0 where it is padding or belongs to another split, float32 [n]. */
  readonly mask?: tf.Tensor1D;
  readonly size: number;
}

export interface Outputs {
  /** [n, classes] */
  readonly logits: tf.Tensor2D;
  /** Named intermediate results with a leading example axis: 'hidden1', 'value', … */
  readonly taps: Readonly<Record<string, tf.Tensor>>;
}

export type Params = Readonly<Record<string, tf.Variable>>;
export type Grads = Readonly<Record<string, tf.Tensor>>;

export interface ForwardMode {
  readonly training: boolean;
  /** Needed where the forward pass is random (dropout) and `training` is true. */
  readonly draws?: Draws;
}

/** What a model costs to store and to run on one example. */
export interface ModelCost {
  readonly parameters: number;
  readonly bytes: number;
  readonly multiplyAdds: number;
}

export interface Model {
  readonly id: string;
  /** Shape of one example. */
  readonly inputShape: readonly number[];
  /** Number of logits. */
  readonly classes: number;
  readonly params: Params;
  readonly taps: readonly string[];
  /** 'batch' where one example's output depends on the others (batch normalisation). */
  readonly coupling: 'example' | 'batch';
  readonly cost: ModelCost;
  forward(batch: Batch, mode: ForwardMode): Outputs;
}

/** Anything that says something about a batch: a trained network, a cache of one, an ensemble, an expert. */
export interface Teacher {
  readonly id: string;
  readonly inputShape: readonly number[];
  readonly classes: number;
  readonly taps: readonly string[];
  /** True where its signal is looked up on the host for each batch, not computed by tensor operations from it. */
  readonly lookup?: boolean;
  /** Throws a KdlabError where this teacher cannot serve the source (a cache and an augmenting source). */
  check?(source: Source): void;
  signal(batch: Batch): Outputs;
}

/** A batch joined to its teachers' signals. */
export interface Lesson {
  readonly batch: Batch;
  readonly teachers: readonly Outputs[];
}

/** Where training stands. `progress` runs from 0 to 1 over the stage. */
export interface Progress {
  readonly step: number;
  readonly epoch: number;
  readonly progress: number;
}

/**
 * What an objective sees of where training stands: schedules as scalars. A number read in JavaScript would be frozen
 * into a compiled step; a scalar follows its schedule.
 */
export interface Moment {
  value(schedule: Schedule): tf.Scalar;
}

/** Unreduced loss terms by name, one number per example: float32 [n] each. Their sum is the loss. */
export type Terms = Readonly<Record<string, tf.Tensor1D>>;

export interface Objective {
  readonly name: string;
  readonly needs: { readonly student?: readonly string[]; readonly teacher?: readonly string[] };
  /** How many teachers it reads; checked before training. 0 where it needs none. */
  readonly teachers: number;
  /** 'batch' where one example's term depends on other examples. */
  readonly coupling: 'example' | 'batch';
  /** Parameters of its own that are trained with the student's (a regressor, a variance). */
  readonly params?: Params;
  /** Variables that its loss itself assigns (a memory of earlier batches): saved with a checkpoint, not trained. */
  readonly state?: Params;
  /** Tensor operations only: it may be traced once and run many times. */
  loss(student: Outputs, lesson: Lesson, at: Moment): Terms;
}

export interface Sampling {
  readonly kind: 'shuffle' | 'poisson' | 'full' | 'stream';
  /** Poisson sampling rate. */
  readonly rate?: number;
  /** How many units there are to sample from; with the rate, the expected lot. */
  readonly population?: number;
  /** What a batch has one row of and neighbouring data sets differ by, for example "image"; default "example". */
  readonly unit?: string;
}

export interface SourceContext {
  /** The first learner's model: the one that acts where the student acts. */
  readonly student: Model;
  readonly teachers: readonly Teacher[];
  readonly rng: Rng;
}

export interface Source {
  readonly sampling: Sampling;
  /** Shape of one example of x. */
  readonly inputShape: readonly number[];
  /** True where the same example comes in different guises (jitter, flips). */
  readonly augmented: boolean;
  /** Steps an epoch; absent for an endless stream. */
  readonly stepsPerEpoch?: number;
  batches(context: SourceContext): AsyncIterable<Batch>;
  /** The position after the batch yielded last; `load` must precede `batches`. */
  save(): State;
  load(state: State): void;
  /** Examples like those of its batches, where zeros of one shape are none (nodes of a graph). They stay the source's. */
  example?(): Batch;
  /** Numbers about the data seen so far (episodes, returns), logged with the training metrics. */
  metrics?(): Metrics;
}

export interface Estimate {
  readonly grads: Grads;
  /** Scalars, read only when a log line is due. */
  readonly metrics: Readonly<Record<string, tf.Scalar>>;
}

/** Turns per-example terms into a gradient: the mean, a clipped and noised sum, a minimum-norm combination. */
export interface GradientEstimator {
  readonly name: string;
  /** Throws a KdlabError where the parts cannot go together; called once before training. */
  check(parts: { objective: Objective; source: Source; model: Model }): void;
  /** Tensor operations only: it may be traced once and run many times. */
  estimate(terms: (lesson: Lesson) => Terms, lesson: Lesson, params: Params, draws: Draws): Estimate;
  save(): State;
  load(state: State): void;
}

/** A pure update rule: its state is a record of variables shaped like the parameters. */
export interface Optimizer {
  readonly name: string;
  init(params: Params): Params;
  /** The numbers of the rule that change from step to step, in float64. `step` counts from 1. */
  rates(at: { step: number; learningRate: number }): Readonly<Record<string, number>>;
  /** Updates `params` and `state` in place, given what `rates` came to. Tensor operations only. */
  apply(params: Params, state: Params, grads: Grads, rates: Readonly<Record<string, tf.Scalar>>): void;
}

/** Plain numbers by name. */
export type Metrics = Readonly<Record<string, number>>;
