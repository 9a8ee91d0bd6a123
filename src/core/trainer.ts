import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Rng } from '../math/rng';
import { KdlabError } from './errors';
import { restoreVariables, saveVariables } from './params';
import { valueAt } from './schedule';
import type { State } from './state';
import { eagerStep, type Learner, type MakeStep, type Trained } from './step';
import type { Metrics, Params, Progress, Source, Teacher } from './types';

/** One training of a run. Its learners are stepped in order on every batch; one is the usual number. */
export interface Stage {
  readonly name: string;
  readonly title: string;
  readonly learners: readonly Learner[];
  readonly teachers: readonly Teacher[];
  readonly source: Source;
  readonly steps: number;
  /** Label of its random key, default its name; stages that share one see the same batches. */
  readonly randomness?: string;
  /** Seed of its random numbers, default the run's: a teacher that runs of several seeds share. */
  readonly seed?: number;
  /** Metrics measured every so many steps; training ends early where `stop` says so. */
  readonly evaluation?: { readonly every: number; measure(): Metrics; stop?(metrics: Metrics): boolean };
}

export interface TrainOptions {
  readonly rng: Rng;
  /** How steps are made; by default by tfjs' own dispatch. */
  readonly makeStep?: MakeStep;
  /** Take up from a state given to `checkpoint` earlier. */
  readonly resume?: State;
  readonly logEvery: number;
  readonly onMetrics: (step: number, metrics: Metrics) => void;
  readonly onStep?: (step: number) => void;
  /** Asked after every step, with a function that makes the state; writes it when it sees fit. */
  readonly checkpoint: (step: number, state: () => State, finished: boolean) => void;
  /** True once the user wants to stop; the state is checkpointed first. */
  readonly interrupted: () => boolean;
}

/** How long the loop may keep the event loop waiting: timers, sockets and signals get their turn in between. */
const TURN_MS = 20;

/**
 * Trains one stage: batches → teachers' signals → per-example terms → estimator → optimizer. It knows no domain.
 * Resolves to the number of steps done and whether the stage is finished. The same seed gives the same bits,
 * resumed or not.
 */
export async function train(stage: Stage, options: TrainOptions): Promise<{ step: number; finished: boolean }> {
  const { learners, teachers, source, evaluation } = stage;
  const trained = learners.map((learner): Trained => {
    const params: Params = { ...learner.student.params, ...learner.objective.params };
    return { learner, params, state: learner.optimizer.init(params) };
  });
  const steps = trained.map((each) => ({ ...each, run: (options.makeStep ?? eagerStep)(each, teachers) }));
  const save = (step: number): State => ({
    step,
    source: source.save(),
    learners: Object.fromEntries(
      trained.map(({ learner, params, state }) => [
        learner.name,
        {
          params: saveVariables(params),
          optimizer: saveVariables(state),
          estimator: learner.estimator.save(),
          objective: saveVariables(learner.objective.state ?? {}),
        },
      ]),
    ),
  });
  let step = 0;
  if (options.resume !== undefined) {
    step = restoreStage(stage, options.resume);
    for (const { learner, state } of trained)
      restoreVariables(state, ((options.resume.learners as State)[learner.name] as State).optimizer as State);
  }
  let finished = step >= stage.steps;
  let lastTurn = performance.now();
  try {
    const context = { student: learners[0]!.student, teachers, rng: options.rng.split('source') };
    if (!finished) {
      for await (const batch of source.batches(context)) {
        const at = progressAt(step, stage);
        const due = (step + 1) % options.logEvery === 0 || step + 1 === stage.steps;
        const metrics: Record<string, number> = {};
        for (const { learner, run } of steps) {
          const prefix = learners.length === 1 ? '' : `${learner.name}/`;
          const { updatesPerBatch: updates = 1 } = learner;
          for (let i = 0; i < updates; i++) {
            const number = step * updates + i;
            const when = { at: { ...at, step: number }, rng: options.rng.split('step', number) };
            const measured = run(batch, when, due && i === updates - 1);
            for (const [name, value] of Object.entries(measured)) metrics[prefix + name] = value;
          }
          if (due) metrics[`${prefix}learningRate`] = valueAt(learner.learningRate, at);
        }
        step++;
        if (due) Object.assign(metrics, source.metrics?.());
        finished = step >= stage.steps;
        if (evaluation !== undefined && (step % evaluation.every === 0 || finished)) {
          const measured = evaluation.measure();
          Object.assign(metrics, measured);
          finished ||= evaluation.stop?.(measured) ?? false;
        }
        if (Object.keys(metrics).length > 0) options.onMetrics(step, metrics);
        assertFinite(metrics, stage, step);
        options.onStep?.(step);
        options.checkpoint(step, () => save(step), finished);
        if (performance.now() - lastTurn > TURN_MS) {
          await nextTurn();
          lastTurn = performance.now();
        }
        if (finished || options.interrupted()) break;
      }
    }
  } finally {
    for (const { state } of trained) for (const variable of Object.values(state)) variable.dispose();
  }
  return { step, finished };
}

/** Puts a stage's models, estimators and source back to a saved state; returns the step it was saved at. */
export function restoreStage({ learners, source }: Stage, saved: State): number {
  source.load(saved.source as State);
  for (const { name, student, objective, estimator } of learners) {
    const learner = (saved.learners as State)[name] as State;
    restoreVariables({ ...student.params, ...objective.params }, learner.params as State);
    estimator.load(learner.estimator as State);
    restoreVariables(objective.state ?? {}, (learner.objective ?? {}) as State);
  }
  return saved.step as number;
}

/** Throws KdlabError where a loss diverged: what follows would be lost time, and the last checkpoint is sound. */
function assertFinite(metrics: Metrics, { name }: Stage, step: number): void {
  for (const [metric, value] of Object.entries(metrics))
    if (/(^|\/)loss$/.test(metric) && !Number.isFinite(value))
      throw new KdlabError(
        `stage "${name}": the ${metric} is ${value} at step ${step}; training diverged. Lower its learning rate, or ` +
          'limit the gradient with estimator {mean: {clipNorm: 1}}.',
        { exitCode: 1 },
      );
}

function progressAt(step: number, { steps, source }: Stage): Progress {
  const epoch = source.stepsPerEpoch === undefined ? 0 : Math.floor(step / source.stepsPerEpoch);
  return { step, epoch, progress: step / Math.max(1, steps) };
}
