import type { Model, Teacher } from '../../src/core/types';
import { inference } from '../../src/engine/inference';
import type { Rng } from '../../src/math/rng';
import { type ActionChoice, actBy, checkPolicy, withinBounds } from '../policy';
import { dynamicsOf, type EnvironmentSpec, make } from '../registry';
import type { Space } from '../spaces';
import type { Drawing } from './drawing';

/** A policy that is watched. */
export interface Watched {
  /** `teacher`, `student`, … */
  readonly role: string;
  readonly network: Model | Teacher;
}

export interface Frame {
  readonly drawing: Drawing;
  /** Sum of the rewards so far. */
  readonly total: number;
  /** What is done in this state; absent in the last. */
  readonly action?: readonly number[];
  /** What each of the watched would do here: probabilities of the actions, or means and then deviations. */
  readonly opinions: readonly (readonly number[])[];
}

export interface Panel {
  readonly role: string;
  readonly frames: readonly Frame[];
  readonly end: 'terminated' | 'truncated' | 'cut';
}

export interface Recording {
  readonly id: string;
  readonly actionSpace: Space;
  /** Of the actions, or of the elements of one. */
  readonly actionNames: readonly string[];
  readonly panels: readonly Panel[];
}

/**
 * One episode of each policy from the same first state, with the same draws of the environment's, and at every state what
 * all of them would do. Longer episodes are cut after `steps`. Throws KdlabError where a network does not fit.
 */
export function record({
  watched,
  id: spec,
  rng,
  steps,
  choice,
}: {
  watched: readonly Watched[];
  id: EnvironmentSpec;
  rng: Rng;
  steps: number;
  choice: ActionChoice;
}): Recording {
  const dynamics = dynamicsOf(spec);
  const { id, actionSpace } = dynamics;
  for (const { role, network } of watched) checkPolicy(role, network, dynamics);
  const opinionsOn = (observation: Float32Array) =>
    watched.map(({ network }) => opinion(Array.from(inference(network)(observation, 1)), actionSpace));

  const panels = watched.map(({ role, network }): Panel => {
    const act = actBy(network, choice);
    const stream = rng.split('actions').stream();
    const env = make(spec);
    let { observation } = env.reset({ rng: rng.split('environment') });
    const frames: Frame[] = [];
    let total = 0;
    for (let t = 0; t < steps; t++) {
      const actions = actionSpace.array(1);
      act(observation, actions, stream);
      const action = Array.from(withinBounds(actions, actionSpace));
      frames.push({ drawing: env.draw(), total, action, opinions: opinionsOn(observation) });
      const result = env.step(actionSpace.kind === 'discrete' ? action[0]! : action);
      observation = result.observation;
      total += result.reward;
      if (result.terminated || result.truncated) {
        frames.push({ drawing: env.draw(), total, opinions: [] });
        return { role, frames, end: result.terminated ? 'terminated' : 'truncated' };
      }
    }
    return { role, frames, end: 'cut' };
  });
  const rows = actionSpace.kind === 'discrete' ? actionSpace.n : actionSpace.size;
  const actionNames = dynamics.actionNames ?? Array.from({ length: rows }, (_, k) => `action ${k}`);
  return { id, actionSpace, actionNames, panels };
}

/** softmax(logits), or means and deviations. */
function opinion(outputs: readonly number[], space: Space): number[] {
  if (space.kind === 'box') {
    const { size } = space;
    return outputs.map((value, k) => (k < size ? value : Math.exp(value)));
  }
  const largest = Math.max(...outputs);
  const weights = outputs.map((logit) => Math.exp(logit - largest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
