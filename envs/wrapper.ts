import type { z } from 'zod';
import type { Dynamics, States } from './dynamics';
import type { Actions } from './spaces';

/** What a file in `envs/wrappers` exports by default: a change of one environment's dynamics into another's. */
export interface WrapperDefinition<S extends z.ZodType = z.ZodType> {
  /** One line for `kdlab list`. */
  readonly description: string;
  readonly options: S;
  /** Throws KdlabError where the wrapper does not fit these dynamics. */
  wrap(dynamics: Dynamics, options: z.output<S>): Dynamics;
}

/** Types a definition; nothing else. */
export function wrapper<S extends z.ZodType>(definition: WrapperDefinition<S>): WrapperDefinition<S> {
  return definition;
}

export type Changes = Partial<Omit<Dynamics, 'stateSize' | 'info' | 'checkState' | 'draw'>> & {
  /** Components that the wrapper adds to the state, after those of the inner dynamics. */
  readonly added?: number;
};

/**
 * The inner dynamics with some things changed; what a changed environment no longer has (a table of outcomes, a fast
 * program) is left out. The changed functions see the inner components first, then the added ones, and hand on
 * `inside(states)`.
 */
export function changed(inner: Dynamics, changes: (inside: (states: States) => States) => Changes): Dynamics {
  const size = inner.stateSize;
  const inside = prefix(size);
  const { added = 0, ...given } = changes(inside);
  return {
    id: inner.id,
    description: inner.description,
    observationSpace: inner.observationSpace,
    actionSpace: inner.actionSpace,
    ...(inner.actionNames && !('actionSpace' in given) && { actionNames: inner.actionNames }),
    maxEpisodeSteps: inner.maxEpisodeSteps,
    ...(inner.rewardThreshold !== undefined && { rewardThreshold: inner.rewardThreshold }),
    ...(inner.stochastic && { stochastic: true }),
    ...(inner.resetParameters && { resetParameters: inner.resetParameters }),
    reset: (states, i, random, parameters) => inner.reset(inside(states), i, random, parameters),
    step: (states, ...rest) => inner.step(inside(states), ...rest),
    observe: (states, ...rest) => inner.observe(inside(states), ...rest),
    ...given,
    stateSize: size + added,
    ...(inner.info && { info: (states: States, i: number) => inner.info!(inside(states), i) }),
    ...(inner.checkState && { checkState: (state: readonly number[]) => inner.checkState!(state.slice(0, size)) }),
    ...(inner.draw && { draw: (state: ArrayLike<number>) => inner.draw!(Array.from(state).slice(0, size)) }),
  };
}

/** The first `size` components of states, the same view each time; training and evaluation take turns at a definition. */
function prefix(size: number): (states: States) => States {
  const views = new WeakMap<States, States>();
  return (states) => {
    let view = views.get(states);
    if (view === undefined) {
      view = states.slice(0, size);
      views.set(states, view);
    }
    return view;
  };
}

/** Room for the actions of n environments, made once for each n. */
export function actionRoom({ actionSpace }: Pick<Dynamics, 'actionSpace'>): (n: number) => Actions {
  return room((n) => actionSpace.array(n));
}

/** Room for the observations of n environments, made once for each n. */
export function observationRoom({ observationSpace }: Pick<Dynamics, 'observationSpace'>): (n: number) => Float32Array {
  return room((n) => observationSpace.array(n));
}

/** Room for n rewards in float64: a vector's own are float32, which sums and factors would round twice. */
export function rewardRoom(): (n: number) => Float64Array {
  return room((n) => new Float64Array(n));
}

function room<A>(make: (n: number) => A): (n: number) => A {
  const made = new Map<number, A>();
  return (n) => {
    let found = made.get(n);
    if (found === undefined) {
      found = make(n);
      made.set(n, found);
    }
    return found;
  };
}
