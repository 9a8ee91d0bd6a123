import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { KdlabError } from '../../src/core/errors';
import { section } from '../../src/core/section';
import type { State } from '../../src/core/state';
import type { Batch, Source, SourceContext } from '../../src/core/types';
import type { Stream } from '../../src/math/rng';
import { lent } from '../../src/sources/lent';
import { EpisodeStatistics } from '../episodes';
import { actBy, checkPolicy, withinBounds } from '../policy';
import { dynamicsOf, type EnvironmentSpec, makeVector } from '../registry';
import { type Running, runningSource } from '../running-source';
import type { VectorEnvironment } from '../vector';
import { type Experience, Recorder } from './experience';
import { checkReward, rewardOptions } from './reward';

const count = z.number().int().positive();

export const ppoRolloutsOptions = section({
  id: z.custom<EnvironmentSpec>().describe('the environment, for example CartPole-v1'),
  environments: count.default(8).describe('stepped together, one forward pass for all'),
  stepsPerRollout: count.default(32).describe('steps of each environment between two rounds of updates'),
  epochs: count.default(20).describe('passes over each rollout'),
  minibatches: count.default(1).describe('that a rollout is divided into, in each epoch anew'),
  gamma: z.number().min(0).max(1).default(0.98).describe('discount'),
  lambda: z.number().min(0).max(1).default(0.8).describe('of generalised advantage estimation'),
  normalizeAdvantage: z.boolean().default(true).describe('to mean 0 and deviation 1 within each minibatch'),
  reward: rewardOptions.optional().describe('what the advantage is made of; absent: the environment’s reward'),
  critic: z
    .enum(['student', 'teacher'])
    .optional()
    .describe('whose value function bootstraps and is the baseline; absent: the student’s'),
});

/**
 * Data for PPO (Schulman et al. 2017, arXiv:1707.06347, algorithm 1): the student acts by sampling for
 * stepsPerRollout × environments steps, then comes `epochs` times in shuffled minibatches of x [m, …observation
 * shape] with the extras `action` (int32 [m], or float32 [m, d] of a Box), `advantage`, `return`, `logProbability` and `value`, [m] each, as they were
 * when it acted. `reward` and `critic` let the first teacher take part (Czarnecki et al. 2019). The student's taps must
 * have `value`. Without end; `updatesFor` gives the trainer's number of steps.
 * Throws KdlabError for an unknown environment, a student that does not fit it, and minibatches of unequal size.
 */
export function ppoRollouts(options: z.input<typeof ppoRolloutsOptions>): Source {
  const settings = ppoRolloutsOptions.parse(options);
  const { environments, stepsPerRollout, minibatches } = settings;
  const dynamics = dynamicsOf(settings.id);
  if ((environments * stepsPerRollout) % minibatches !== 0)
    throw new KdlabError(
      `ppo: ${environments} environments × ${stepsPerRollout} steps do not divide into ${minibatches} equal minibatches`,
    );
  return runningSource(dynamics.observationSpace.shape, (context) => new PpoRollouts(settings, context));
}

/** How many updates use up a budget of environment steps: whole rollouts, rounded down, at least one. */
export function updatesFor(envSteps: number, options: z.input<typeof ppoRolloutsOptions>): number {
  const { environments, stepsPerRollout, epochs, minibatches } = ppoRolloutsOptions.parse(options);
  return Math.max(1, Math.floor(envSteps / (environments * stepsPerRollout))) * epochs * minibatches;
}

class PpoRollouts implements Running {
  private readonly vector: VectorEnvironment;
  private readonly statistics = new EpisodeStatistics();
  private readonly actionStream: Stream;
  private experience: Experience | undefined;
  /** Rollouts made, and minibatches yielded of the current one. */
  private rollout = 0;
  private yielded = 0;
  private order: Int32Array | undefined;

  constructor(
    private readonly settings: z.output<typeof ppoRolloutsOptions>,
    private readonly context: SourceContext,
  ) {
    const { student, rng } = context;
    checkPolicy('student', student, dynamicsOf(settings.id));
    if (!student.taps.includes('value'))
      throw new KdlabError(`ppo: student ${student.id} has no tap "value"; make it an actor-critic`);
    checkReward(settings, context);
    this.vector = makeVector({ ...settings, rng: rng.split('environments') });
    this.actionStream = rng.split('actions').stream();
  }

  batches(): AsyncGenerator<Batch> {
    return lent(this.made());
  }

  private *made(): Generator<Batch> {
    const { epochs, minibatches } = this.settings;
    for (;;) {
      if (this.experience === undefined || this.yielded === epochs * minibatches) {
        this.experience = this.collect();
        this.rollout++;
        this.yielded = 0;
        this.order = undefined;
      }
      const batch = this.minibatch(this.experience);
      this.yielded++;
      yield batch;
    }
  }

  metrics() {
    return this.statistics.metrics();
  }

  save(): State {
    return {
      counters: { rollout: this.rollout, yielded: this.yielded },
      actions: this.actionStream.position,
      vector: this.vector.save(),
      statistics: this.statistics.save(),
      ...(this.experience && { experience: { ...this.experience } }),
    };
  }

  load(saved: State): void {
    Object.assign(this, saved.counters);
    this.actionStream.position = saved.actions as number;
    this.vector.load(saved.vector as State);
    this.statistics.load(saved.statistics as State);
    this.experience = saved.experience as unknown as Experience | undefined;
  }

  private collect(): Experience {
    const { vector, statistics } = this;
    const { stepsPerRollout } = this.settings;
    const act = actBy(this.context.student, 'sampled');
    const recorder = new Recorder(vector, stepsPerRollout);
    const actions = vector.actions();
    for (let t = 0; t < stepsPerRollout; t++) {
      act(vector.observations, actions, this.actionStream);
      recorder.before(t, actions);
      vector.step(withinBounds(actions, vector.dynamics.actionSpace));
      recorder.after(t);
      statistics.record(vector);
    }
    return recorder.finish(this.context.student, { ...this.settings, teacher: this.context.teachers[0] });
  }

  private minibatch(experience: Experience): Batch {
    const { minibatches, normalizeAdvantage } = this.settings;
    const total = experience.values.length;
    const within = this.yielded % minibatches;
    const epoch = (this.yielded - within) / minibatches;
    if (within === 0) this.order = undefined;
    this.order ??= this.context.rng.split('rollout', this.rollout).split('epoch', epoch).permutation(total);
    const size = total / minibatches;
    const rows = this.order.subarray(within * size, (within + 1) * size);
    const { shape, size: width } = this.vector.dynamics.observationSpace;
    const x = new Float32Array(size * width);
    rows.forEach((row, to) => {
      for (let k = 0; k < width; k++) x[to * width + k] = experience.observations[row * width + k]!;
    });
    const pick = (values: Float32Array) => Float32Array.from(rows, (row) => values[row]!);
    const advantage = pick(experience.advantages);
    if (normalizeAdvantage) normalize(advantage);
    return {
      x: tf.tensor(x, [size, ...shape]),
      extras: {
        action: actionsOf(experience, rows),
        advantage: tf.tensor1d(advantage),
        return: tf.tensor1d(pick(experience.returns)),
        logProbability: tf.tensor1d(pick(experience.logProbabilities)),
        value: tf.tensor1d(pick(experience.values)),
      },
      size,
    };
  }
}

/** The actions of some rows: int32 [rows], or float32 [rows, d]. */
function actionsOf({ actions, values }: Experience, rows: Int32Array): tf.Tensor {
  if (actions instanceof Int32Array)
    return tf.tensor1d(
      rows.map((row) => actions[row]!),
      'int32',
    );
  const size = actions.length / values.length;
  const picked = new Float32Array(rows.length * size);
  rows.forEach((row, to) => {
    picked.set(actions.subarray(row * size, (row + 1) * size), to * size);
  });
  return tf.tensor2d(picked, [rows.length, size]);
}

/** Shifts and scales to mean 0 and standard deviation 1, in place. */
function normalize(values: Float32Array): void {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
  const scale = 1 / (Math.sqrt(variance) + 1e-8);
  for (let i = 0; i < values.length; i++) values[i] = (values[i]! - mean) * scale;
}
