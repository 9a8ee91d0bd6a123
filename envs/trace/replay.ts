import { KdlabError } from '../../src/core/errors';
import type { Dynamics } from '../dynamics';
import { games, minAtar } from '../minatar/minatar';
import type { RandomSource } from '../random';
import { dynamicsOf } from '../registry';
import type { Actions } from '../spaces';
import { isTabular } from '../tabular/tabular';
import { RecordedDraws } from './draws';
import type { Trace, TraceEpisode } from './trace';

/** What our dynamics make of a recorded episode's first state, actions and draws: the fields of the trace itself. */
export interface ReplayedEpisode {
  readonly initialCells?: readonly number[];
  readonly states?: readonly (readonly number[])[];
  readonly cells?: readonly (readonly number[])[];
  readonly observations?: readonly (number | readonly number[])[];
  readonly rewards: readonly number[];
  readonly terminated: readonly boolean[];
  readonly truncated: readonly boolean[];
}

export interface Replay {
  readonly env: string;
  readonly episodes: readonly ReplayedEpisode[];
}

/**
 * Steps our dynamics from each episode's first state through its actions, fed with its draws; nothing else of the trace is
 * read. Throws a KdlabError for an unknown environment, states, actions and draws that do not fit it.
 */
export function replay(trace: Trace): Replay {
  const { dynamics, boards } = dynamicsOfTrace(trace);
  return {
    env: trace.env,
    episodes: trace.episodes.map((episode, e) => replayEpisode(dynamics, boards, episode, `episode ${e}`)),
  };
}

/** MinAtar's own names, `MinAtar/space_invaders`, mean all six actions; other names are those of the registry. */
function dynamicsOfTrace(trace: Trace): { dynamics: Dynamics; boards: boolean } {
  const { env, stickyActionProbability, difficultyRamping } = trace;
  const options = {
    ...(stickyActionProbability !== undefined && { stickyActionProbability }),
    ...(difficultyRamping !== undefined && { difficultyRamping }),
  };
  for (const game of games) {
    if (env === `MinAtar/${game.key}`) return { dynamics: minAtar(game, { version: 0, ...options }), boards: true };
    for (const version of [0, 1] as const)
      if (env === `MinAtar/${game.name}-v${version}`)
        return { dynamics: minAtar(game, { version, ...options }), boards: true };
  }
  return { dynamics: dynamicsOf(env), boards: false };
}

function replayEpisode(dynamics: Dynamics, boards: boolean, episode: TraceEpisode, where: string): ReplayedEpisode {
  const { stateSize, observationSpace, numberedObservations } = dynamics;
  const states = Array.from({ length: stateSize }, () => new Float64Array(1));
  begin(dynamics, states, episode, where);
  const actions = dynamics.actionSpace.array(1);
  const rewards = new Float64Array(1);
  const ends = new Uint8Array(1);
  const observation = new Float32Array(observationSpace.size);
  const observe = () => dynamics.observe(states, 0, 1, observation);
  const cells = () => {
    observe();
    return Array.from(observation.keys()).filter((k) => observation[k] === 1);
  };
  const initialCells = boards ? cells() : [];

  const replayed = {
    states: [] as number[][],
    cells: [] as number[][],
    observations: [] as (number | number[])[],
    rewards: [] as number[],
    terminated: [] as boolean[],
    truncated: [] as boolean[],
  };
  episode.actions.forEach((action, t) => {
    const at = `${where}, step ${t}`;
    put(dynamics, actions, action, at);
    const random = source(dynamics, episode, t, at);
    dynamics.step(states, actions, rewards, ends, { of: () => random });
    if (random instanceof RecordedDraws) random.finish();
    if (boards) replayed.cells.push(cells());
    else {
      observe();
      replayed.states.push(states.map((component) => component[0]!));
      replayed.observations.push(numberedObservations ? states[0]![0]! : Array.from(observation));
    }
    replayed.rewards.push(rewards[0]!);
    replayed.terminated.push(ends[0] === 1);
    replayed.truncated.push(t + 1 >= dynamics.maxEpisodeSteps);
  });
  const { rewards: all, terminated, truncated } = replayed;
  const seen = boards
    ? { initialCells, cells: replayed.cells }
    : { states: replayed.states, observations: replayed.observations };
  return { ...seen, rewards: all, terminated, truncated };
}

function begin(dynamics: Dynamics, states: Float64Array[], episode: TraceEpisode, where: string): void {
  const { initialState, resetDraws } = episode;
  if (initialState === undefined) {
    const random = new RecordedDraws(resetDraws!, `${where}, reset`);
    dynamics.reset(states, 0, random);
    random.finish();
    return;
  }
  if (initialState.length !== states.length)
    throw new KdlabError(
      `${where}: initialState of ${dynamics.id} is ${states.length} numbers, found ${initialState.length}`,
    );
  dynamics.checkState?.(initialState);
  initialState.forEach((value, component) => {
    states[component]![0] = value;
  });
}

/** Bounds are not checked: upstream takes continuous actions beyond them, and clips where the environment clips. */
function put({ id, actionSpace }: Dynamics, actions: Actions, action: number | readonly number[], where: string): void {
  const given = typeof action === 'number' ? [action] : action;
  const fits =
    actionSpace.kind === 'discrete'
      ? given.length === 1 && actionSpace.contains(given[0]!)
      : given.length === actionSpace.size;
  if (!fits) throw new KdlabError(`${where}: action ${JSON.stringify(action)} does not fit ${actionSpace} of ${id}`);
  actions.set(given);
}

const CERTAIN: RandomSource = { uniform: () => 0, integer: () => 0, normal: () => 0 };

function source(dynamics: Dynamics, episode: TraceEpisode, t: number, where: string): RandomSource {
  if (episode.draws !== undefined) return new RecordedDraws(episode.draws[t]!, where);
  // Where an action has one outcome, the draw decides nothing.
  const certain = isTabular(dynamics) && isDeterministic(dynamics);
  return certain ? CERTAIN : new RecordedDraws([], where);
}

function isDeterministic(dynamics: Dynamics): boolean {
  if (!isTabular(dynamics)) return false;
  const { numberedObservations, actionSpace } = dynamics;
  for (let state = 0; state < numberedObservations.n; state++)
    for (let action = 0; action < actionSpace.n; action++)
      if (dynamics.outcomes(state, action).length > 1) return false;
  return true;
}
