/**
 * The library behind the command line: what an experiment or a method outside this repository is written with.
 * MLflow's client stands by itself as `kdlab/dist/src/mlflow`.
 */
export { checkStage, dryRun } from './core/capability';
export { KdlabError } from './core/errors';
export { estimator } from './core/estimator';
export { type BuildContext, experiment, type Plan, type StageSummary } from './core/experiment';
export { model } from './core/model';
export { combine, objective } from './core/objective';
export { optimizer } from './core/optimizer';
export { parameter } from './core/params';
export type { Interval, ModelResult, Results } from './core/results';
export { type Schedule, schedule, valueAt } from './core/schedule';
export { section } from './core/section';
export { decodeState, encodeState } from './core/snapshot';
export type { State } from './core/state';
export type { Learner } from './core/step';
export { type Stage, type TrainOptions, train } from './core/trainer';
export type * from './core/types';
export { type Engine, selectEngine } from './engine/engine';
export { meanEstimator } from './estimators/mean';
export { crossEntropy, kl } from './math/divergence';
export { Rng } from './math/rng';
export { cnn } from './models/cnn';
export { mlp } from './models/mlp';
export { writeReport } from './report/write';
export { minibatch } from './sources/minibatch';
export { CachedTeacher } from './teachers/cached';
export { ensembleTeacher } from './teachers/ensemble';
export { networkTeacher } from './teachers/network';
export { Journal } from './track/journal';
