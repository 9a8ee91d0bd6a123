import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { KdlabError } from '../../src/core/errors';
import { restoreVariables, saveVariables } from '../../src/core/params';
import { schedule, valueAt } from '../../src/core/schedule';
import { section } from '../../src/core/section';
import type { State } from '../../src/core/state';
import type { Batch, Model, Source, SourceContext } from '../../src/core/types';
import { inference } from '../../src/engine/inference';
import type { Stream } from '../../src/math/rng';
import { lent } from '../../src/sources/lent';
import { discreteActions } from '../dynamics';
import { EpisodeStatistics } from '../episodes';
import { actBy, checkPolicy } from '../policy';
import { dynamicsOf, type EnvironmentSpec, makeVector } from '../registry';
import { type Running, runningSource } from '../running-source';
import type { VectorEnvironment } from '../vector';
import { NStep } from './n-step';
import { Transitions } from './transitions';

const count = z.number().int().positive();

export const dqnReplayOptions = section({
  id: z.custom<EnvironmentSpec>().describe('the environment, for example CartPole-v1'),
  environments: count.default(8).describe('stepped together, one forward pass for all'),
  stepsPerRound: count.default(1).describe('steps of each environment between two rounds of updates'),
  updatesPerRound: count.default(1).describe('minibatches yielded in a round'),
  batchSize: count.default(64),
  capacity: count.default(50_000).describe('transitions kept, the oldest replaced'),
  learningStarts: count.default(1000).describe('environment steps before the first update'),
  envSteps: count.describe('budget of environment steps; exploration follows it'),
  gamma: z.number().min(0).max(1).default(0.99).describe('discount'),
  steps: count.default(1).describe('n of n-step returns'),
  double: z.boolean().default(true).describe('the online network chooses, the target network judges'),
  targetEvery: count.default(200).describe('updates between two copies of the network to its target'),
  exploration: schedule({ min: 0, max: 1 })
    .default({ linear: { from: 1, to: 0.05, start: 0, end: 0.3 } })
    .describe('ε: probability of an action drawn evenly; `progress` is the part of envSteps used up'),
  priority: section({
    alpha: z.number().min(0).max(1).default(0.6).describe('α: priority is |error|^α'),
    beta: schedule({ min: 0, max: 1 })
      .default({ linear: { from: 0.4, to: 1, start: 0, end: 1 } })
      .describe('β of the importance weights'),
  })
    .optional()
    .describe('prioritised replay; absent: drawn evenly'),
});

/**
 * Data for DQN (Mnih et al. 2015), with double Q-learning (van Hasselt et al. 2016, arXiv:1509.06461), n-step returns
 * and prioritised replay (Schaul et al. 2016, arXiv:1511.05952) as options: the student acts ε-greedily, minibatches of
 * x [batchSize, …observation shape] come with the extras `action` (int32), `target` (the bootstrapped return by the
 * target network) and `weight`, [batchSize] each. `target` is a network like the student; it is overwritten.
 * Truncated episodes are bootstrapped through. Throws KdlabError for an unknown environment, networks that do not fit
 * it and sizes that do not fit each other.
 */
export function dqnReplay(options: z.input<typeof dqnReplayOptions>, target: Model): Source {
  const settings = dqnReplayOptions.parse(options);
  const { id, batchSize, capacity, learningStarts } = settings;
  if (Math.min(capacity, learningStarts) < batchSize)
    throw new KdlabError(
      `dqn: batchSize ${batchSize} is more than capacity ${capacity} or learningStarts ${learningStarts} allow`,
    );
  return runningSource(dynamicsOf(id).observationSpace.shape, (context) => new DqnReplay(settings, context, target));
}

/** How many updates use up the budget of environment steps, at least one. */
export function dqnUpdatesFor(options: z.input<typeof dqnReplayOptions>): number {
  const { envSteps, learningStarts, environments, stepsPerRound, updatesPerRound } = dqnReplayOptions.parse(options);
  const rounds = Math.floor((envSteps - learningStarts) / (environments * stepsPerRound));
  return Math.max(1, rounds) * updatesPerRound;
}

class DqnReplay implements Running {
  private readonly vector: VectorEnvironment;
  private readonly transitions: Transitions;
  private readonly statistics = new EpisodeStatistics();
  private readonly pending: readonly NStep[];
  private readonly exploring: Stream;
  private readonly drawing: Stream;
  private updates = 0;

  constructor(
    private readonly settings: z.output<typeof dqnReplayOptions>,
    private readonly context: SourceContext,
    private readonly target: Model,
  ) {
    const { id, environments, capacity, steps, gamma } = settings;
    const { student, rng } = context;
    const dynamics = dynamicsOf(id);
    checkPolicy('student', student, dynamics);
    checkPolicy('target network', target, dynamics);
    this.vector = makeVector({ id, environments, rng: rng.split('environments') });
    this.transitions = new Transitions(capacity, dynamics.observationSpace.size);
    this.pending = Array.from({ length: environments }, () => new NStep(steps, gamma));
    this.exploring = rng.split('exploration').stream();
    this.drawing = rng.split('replay').stream();
    this.copyToTarget();
  }

  batches(): AsyncGenerator<Batch> {
    return lent(this.made());
  }

  private *made(): Generator<Batch> {
    const { updatesPerRound, targetEvery } = this.settings;
    for (;;) {
      if (this.updates % updatesPerRound === 0) this.collect();
      if (this.updates % targetEvery === 0) this.copyToTarget();
      const batch = this.minibatch();
      this.updates++;
      yield batch;
    }
  }

  metrics() {
    const { exploration } = this.settings;
    return {
      ...this.statistics.metrics(),
      replaySize: this.transitions.size,
      exploration: valueAt(exploration, this.progress()),
    };
  }

  save(): State {
    return {
      updates: this.updates,
      streams: { exploring: this.exploring.position, drawing: this.drawing.position },
      vector: this.vector.save(),
      statistics: this.statistics.save(),
      transitions: this.transitions.save(),
      pending: Object.fromEntries(this.pending.map((steps, i) => [String(i), steps.save()])),
      target: saveVariables(this.target.params),
    };
  }

  load(saved: State): void {
    const streams = saved.streams as { exploring: number; drawing: number };
    this.updates = saved.updates as number;
    this.exploring.position = streams.exploring;
    this.drawing.position = streams.drawing;
    this.vector.load(saved.vector as State);
    this.statistics.load(saved.statistics as State);
    this.transitions.load(saved.transitions as State);
    this.pending.forEach((steps, i) => {
      steps.load((saved.pending as State)[i] as State);
    });
    restoreVariables(this.target.params, saved.target as State);
  }

  private progress() {
    const { envSteps } = this.settings;
    return { step: this.updates, epoch: 0, progress: Math.min(1, this.statistics.envSteps / envSteps) };
  }

  private copyToTarget(): void {
    restoreVariables(this.target.params, saveVariables(this.context.student.params));
  }

  private collect(): void {
    const { stepsPerRound, learningStarts, exploration, envSteps, batchSize } = this.settings;
    const { vector, statistics, transitions } = this;
    const { start, n } = discreteActions(vector.dynamics);
    const act = actBy(this.context.student, 'greedy');
    const actions = new Int32Array(vector.size);
    let steps = 0;
    while (steps < stepsPerRound || statistics.envSteps < learningStarts || transitions.size < batchSize) {
      if (statistics.envSteps + vector.size > envSteps && transitions.size >= batchSize) return;
      const epsilon = valueAt(exploration, this.progress());
      act(vector.observations, actions, this.exploring);
      for (let i = 0; i < actions.length; i++)
        if (this.exploring.uniform() < epsilon) actions[i] = start + this.exploring.integer(n);
      const before = vector.observations.slice();
      vector.step(actions);
      this.record(before, actions);
      statistics.record(vector);
      steps++;
    }
  }

  private record(before: Float32Array, actions: Int32Array): void {
    const { vector, transitions } = this;
    const width = before.length / vector.size;
    this.pending.forEach((steps, i) => {
      const [from, to] = [i * width, (i + 1) * width];
      const next = (vector.ended(i) ? vector.finalObservations : vector.observations).slice(from, to);
      steps.push(
        { observation: before.subarray(from, to), action: actions[i]!, reward: vector.rewards[i]! },
        next,
        { terminated: vector.terminated[i] === 1, truncated: vector.truncated[i] === 1 },
        (transition) => transitions.add(transition),
      );
    });
  }

  private minibatch(): Batch {
    const { batchSize, priority } = this.settings;
    const { transitions, vector } = this;
    const { shape, size: width } = vector.dynamics.observationSpace;
    const slots = this.draw();
    const x = gather(transitions.observations, slots, width);
    const targets = this.targets(slots, width);
    const weights = new Float32Array(batchSize).fill(1);
    if (priority !== undefined) {
      const beta = valueAt(priority.beta, this.progress());
      slots.forEach((slot, row) => {
        weights[row] = (transitions.size * transitions.probability(slot)) ** -beta;
      });
      const largest = weights.reduce((a, b) => Math.max(a, b));
      const q = inference(this.context.student)(x, batchSize);
      slots.forEach((slot, row) => {
        weights[row] = weights[row]! / largest;
        const error = Math.abs(q[row * this.target.classes + transitions.actions[slot]!]! - targets[row]!);
        transitions.prioritise(slot, (error + 1e-6) ** priority.alpha);
      });
    }
    return {
      x: tf.tensor(x, [batchSize, ...shape]),
      extras: {
        action: tf.tensor1d(
          Int32Array.from(slots, (slot) => transitions.actions[slot]!),
          'int32',
        ),
        target: tf.tensor1d(targets),
        weight: tf.tensor1d(weights),
      },
      size: batchSize,
    };
  }

  /** By priority, one from each of batchSize equal parts of the whole; evenly where there are no priorities. */
  private draw(): Int32Array {
    const { batchSize, priority } = this.settings;
    const { transitions, drawing } = this;
    return Int32Array.from({ length: batchSize }, (_, k) =>
      priority === undefined
        ? drawing.integer(transitions.size)
        : transitions.slotAt((k + drawing.uniform()) / batchSize),
    );
  }

  /** r + γ^k·q_target(s', a') with a' greedy by the online network (double) or by the target's own values. */
  private targets(slots: Int32Array, width: number): Float32Array {
    const { transitions, target } = this;
    const nexts = gather(transitions.nexts, slots, width);
    const judged = inference(target)(nexts, slots.length);
    const choosing = this.settings.double ? inference(this.context.student)(nexts, slots.length) : judged;
    const { classes } = target;
    return Float32Array.from(slots, (slot, row) => {
      let best = row * classes;
      for (let k = best + 1; k < (row + 1) * classes; k++) if (choosing[k]! > choosing[best]!) best = k;
      return transitions.rewards[slot]! + transitions.discounts[slot]! * judged[best]!;
    });
  }
}

function gather(rows: Float32Array, slots: Int32Array, width: number): Float32Array {
  const out = new Float32Array(slots.length * width);
  slots.forEach((slot, row) => {
    out.set(rows.subarray(slot * width, (slot + 1) * width), row * width);
  });
  return out;
}
