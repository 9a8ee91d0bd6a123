import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { KdlabError } from '../src/core/errors';
import { schedule, valueAt } from '../src/core/schedule';
import { section } from '../src/core/section';
import type { State } from '../src/core/state';
import type { Batch, Source, SourceContext } from '../src/core/types';
import type { Stream } from '../src/math/rng';
import { lent } from '../src/sources/lent';
import { EpisodeStatistics } from './episodes';
import { type Act, actBy, checkConverged, checkPolicy, withinBounds } from './policy';
import { dynamicsOf, type EnvironmentSpec, makeVector } from './registry';
import { Replay } from './replay';
import { type Running, runningSource } from './running-source';
import type { VectorEnvironment } from './vector';

const count = z.number().int().positive();

export const rolloutsOptions = section({
  id: z.custom<EnvironmentSpec>().describe('the environment, for example CartPole-v1'),
  actor: z
    .union([z.enum(['teacher', 'student']), section({ beta: schedule({ min: 0, max: 1 }) })])
    .default('student')
    .describe(
      'who collects: teacher, student, or {beta}: at each step the teacher with that probability. A schedule of beta ' +
        'sees `progress` as the part of envSteps used up and `step` as the number of rollouts made',
    ),
  actions: z.enum(['greedy', 'sampled']).default('sampled').describe('how the actor takes an action from its logits'),
  environments: count.default(16).describe('stepped together, one forward pass for all'),
  stepsPerRollout: count.default(64).describe('steps of each environment between two rounds of updates'),
  updatesPerRollout: count.default(8).describe('minibatches yielded between two rollouts'),
  batchSize: count.default(256),
  capacity: count.default(50_000).describe('observations kept for replay, the oldest replaced'),
  envSteps: count.describe('budget of environment steps for all environments together'),
  recordActions: z.boolean().optional().describe('attaches the `action` taken at each observation, for cloning'),
});

/**
 * Observations for policy distillation: acts in a vector of environments as teacher, student or mixture
 * (DAgger: Ross, Gordon, Bagnell 2011, arXiv:1011.0686; mixed step by step), keeps a bounded replay and yields
 * minibatches x [batchSize, …observation shape] from it, in shuffled passes over what the replay holds; with
 * `recordActions` also the extra `action`, int32 [batchSize]. A new rollout
 * begins a new pass. What the teacher says about a batch is asked by the trainer, not stored.
 *
 * Acting stops for good where one more step of all environments would exceed `envSteps`; minibatches go on without
 * end, from the replay as it then is. Before the first minibatch it acts until the replay holds `batchSize`.
 * The actors are the context's `student` and its first teacher. Throws KdlabError for an unknown environment, sizes
 * that do not fit each other, networks that do not fit the environment, and a teacher that has diverged.
 */
export function rollouts(options: z.input<typeof rolloutsOptions>): Source {
  const settings = rolloutsOptions.parse(options);
  const { id, environments, batchSize, capacity, envSteps } = settings;
  const dynamics = dynamicsOf(id);
  const collectable = Math.min(capacity, Math.floor(envSteps / environments) * environments);
  if (collectable < batchSize)
    throw new KdlabError(
      `rollouts: the replay can hold ${collectable} observations (capacity ${capacity}, envSteps ${envSteps} of ` +
        `${environments} environments), less than batchSize ${batchSize}; raise them or lower batchSize`,
    );
  return runningSource(dynamics.observationSpace.shape, (context) => new Rollouts(settings, context));
}

class Rollouts implements Running {
  private readonly vector: VectorEnvironment;
  private readonly replay: Replay;
  private readonly statistics = new EpisodeStatistics();
  private readonly actionStream: Stream;
  private readonly mixtureStream: Stream;
  private readonly student: Act;
  private readonly teacher: Act | undefined;
  private rollout = 0;
  /** Minibatches yielded, all together and of the current rollout. */
  private updates = 0;
  private sinceRollout = 0;
  /** The current pass: its number, which keys its order, and how many minibatches of it were yielded. */
  private pass = 0;
  private within = 0;
  private order: Int32Array | undefined;

  constructor(
    private readonly settings: z.output<typeof rolloutsOptions>,
    private readonly context: SourceContext,
  ) {
    const { id, environments, capacity, actor, actions } = settings;
    const { student, rng } = context;
    const teacher = context.teachers[0];
    const dynamics = dynamicsOf(id);
    checkPolicy('student', student, dynamics);
    if (teacher !== undefined) checkPolicy('teacher', teacher, dynamics);
    else if (actor !== 'student')
      throw new KdlabError(`rollouts: the teacher is to act (${JSON.stringify({ actor })}), but there is none`);
    this.vector = makeVector({ id, environments, rng: rng.split('environments') });
    this.replay = new Replay(capacity, dynamics.observationSpace.size, {
      ...(settings.recordActions === true && { actions: dynamics.actionSpace }),
    });
    this.actionStream = rng.split('actions').stream();
    this.mixtureStream = rng.split('mixture').stream();
    this.student = actBy(student, actions);
    this.teacher = teacher === undefined ? undefined : actBy(teacher, actions);
  }

  batches(): AsyncGenerator<Batch> {
    return lent(this.made());
  }

  private *made(): Generator<Batch> {
    const { batchSize, updatesPerRollout, recordActions } = this.settings;
    const teacher = this.context.teachers[0];
    for (;;) {
      if (this.sinceRollout === 0 || this.sinceRollout >= updatesPerRollout) {
        if (this.collect()) {
          this.pass++;
          this.within = 0;
          this.order = undefined;
        }
        this.sinceRollout = 0;
      }
      const slots = this.nextSlots();
      if (this.updates === 0 && teacher !== undefined) checkConverged('teacher', teacher, this.replay.gather(slots));
      const x = tf.tensor(this.replay.gather(slots), [batchSize, ...this.vector.dynamics.observationSpace.shape]);
      const extras = recordActions && { action: this.replay.actionsIn(slots) };
      this.updates++;
      this.sinceRollout++;
      yield { x, size: batchSize, ...(extras && { extras }) };
    }
  }

  metrics() {
    return { ...this.statistics.metrics(), replaySize: this.replay.size, replayAge: this.replay.age(this.updates) };
  }

  save(): State {
    const { rollout, updates, sinceRollout, pass, within } = this;
    return {
      counters: { rollout, updates, sinceRollout, pass, within },
      streams: { actions: this.actionStream.position, mixture: this.mixtureStream.position },
      vector: this.vector.save(),
      replay: this.replay.save(),
      statistics: this.statistics.save(),
    };
  }

  load(saved: State): void {
    Object.assign(this, saved.counters);
    const streams = saved.streams as { actions: number; mixture: number };
    this.actionStream.position = streams.actions;
    this.mixtureStream.position = streams.mixture;
    this.vector.load(saved.vector as State);
    this.replay.load(saved.replay as State);
    this.statistics.load(saved.statistics as State);
  }

  /** Acts for one rollout, or longer where a minibatch cannot be filled yet. False once the budget is used up. */
  private collect(): boolean {
    const { stepsPerRollout, envSteps, batchSize } = this.settings;
    const { vector, statistics } = this;
    const act = this.actor();
    const actions = vector.actions();
    let steps = 0;
    while (steps < stepsPerRollout || this.replay.size < batchSize) {
      if (statistics.envSteps + vector.size > envSteps) break;
      act(vector.observations, actions, this.actionStream);
      this.replay.add(vector.observations, this.updates, actions);
      vector.step(withinBounds(actions, vector.dynamics.actionSpace));
      statistics.record(vector);
      steps++;
    }
    if (steps > 0) this.rollout++;
    return steps > 0;
  }

  private actor(): Act {
    const { actor, envSteps } = this.settings;
    if (actor === 'student') return this.student;
    const teacher = this.teacher!;
    if (actor === 'teacher') return teacher;
    const progress = this.statistics.envSteps / envSteps;
    const beta = valueAt(actor.beta, { step: this.rollout, epoch: 0, progress });
    const byTeacher = this.vector.actions();
    const width = byTeacher.length / this.vector.size;
    return (observations, actions, stream) => {
      this.student(observations, actions, stream);
      teacher(observations, byTeacher, stream);
      for (let i = 0; i < this.vector.size; i++)
        if (this.mixtureStream.uniform() < beta) actions.set(byTeacher.subarray(i * width, (i + 1) * width), i * width);
    };
  }

  private nextSlots(): Int32Array {
    const { batchSize } = this.settings;
    if ((this.within + 1) * batchSize > this.replay.size) {
      this.pass++;
      this.within = 0;
      this.order = undefined;
    }
    this.order ??= this.context.rng.split('pass', this.pass).permutation(this.replay.size);
    const from = this.within++ * batchSize;
    return this.order.subarray(from, from + batchSize);
  }
}
