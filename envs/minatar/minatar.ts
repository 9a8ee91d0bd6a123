import { z } from 'zod';
import { section } from '../../src/core/section';
import type { Dynamics } from '../dynamics';
import { registration } from '../registration';
import type { Drawing, Ink, Shape } from '../render/drawing';
import { Box, Discrete } from '../spaces';
import { asterix } from './asterix';
import { breakout } from './breakout';
import { freeway } from './freeway';
import { type Game, type Outcome, SIZE } from './game';
import { seaquest } from './seaquest';
import { spaceInvaders } from './space-invaders';

const ALL_ACTIONS = [0, 1, 2, 3, 4, 5];
const ACTION_NAMES = ['none', 'left', 'up', 'right', 'down', 'fire'];
/** Upstream has no time limit; a policy that is never beaten must end somewhere. */
const MAX_EPISODE_STEPS = 10_000;

export const games: readonly Game[] = [asterix, breakout, freeway, seaquest, spaceInvaders];

const options = section({
  stickyActionProbability: z.number().min(0).max(1).default(0.1).describe('that the action before is taken instead'),
  difficultyRamping: z.boolean().default(true).describe('makes the game harder with time'),
});

export interface MinAtarOptions extends z.input<typeof options> {
  /** 0: all six actions; 1: only those that do anything. */
  readonly version: 0 | 1;
}

const idOf = (game: Game, version: 0 | 1) => `MinAtar/${game.name}-v${version}`;

function describe(game: Game, version: 0 | 1): string {
  const actions = version === 0 ? ALL_ACTIONS : game.minimalActions;
  return `${game.description}; 10 × 10 × ${game.channels.length} cells, ${actions.length} actions`;
}

/**
 * A game of MinAtar (Young and Tian 2019, arXiv:1903.03176), written from its published rules; as Gymnasium's
 * `MinAtar/<game>-v0` or `-v1`. Observations are [10, 10, channels], 0 or 1. A state is the action taken last and the
 * game's own numbers. Every step draws a uniform for stickiness first, then what the game draws. Upstream keeps the last
 * action across resets; here an episode begins with no-op, so that episodes do not depend on each other.
 */
export function minAtar(game: Game, { version, ...given }: MinAtarOptions, id = idOf(game, version)): Dynamics {
  const { stickyActionProbability: sticky, difficultyRamping: ramping } = options.parse(given);
  const actions = version === 0 ? ALL_ACTIONS : game.minimalActions;
  const channels = game.channels.length;
  const s = new Float64Array(game.size);
  const outcome: Outcome = { reward: 0, terminated: false };

  const { lists } = game;
  const before = lists[0]?.at ?? game.size;
  const load = (states: readonly Float64Array[], i: number) => {
    for (let k = 0; k < before; k++) s[k] = states[k + 1]![i]!;
    // Lists are mostly empty: only what is in them is copied.
    for (const { at, fields } of lists) {
      const end = at + 1 + states[at + 1]![i]! * fields;
      for (let k = at; k < end; k++) s[k] = states[k + 1]![i]!;
    }
  };
  const store = (states: readonly Float64Array[], i: number) => {
    for (let k = 0; k < before; k++) states[k + 1]![i] = s[k]!;
    for (const { at, fields } of lists) {
      const end = at + 1 + s[at]! * fields;
      for (let k = at; k < end; k++) states[k + 1]![i] = s[k]!;
    }
  };

  return {
    id,
    description: describe(game, version),
    observationSpace: new Box({ low: 0, high: 1, shape: [SIZE, SIZE, channels] }),
    actionSpace: new Discrete(actions.length),
    actionNames: actions.map((action) => ACTION_NAMES[action]!),
    stateSize: 1 + game.size,
    maxEpisodeSteps: MAX_EPISODE_STEPS,
    stochastic: true,

    reset(states, i, random) {
      game.reset(s, random);
      states[0]![i] = 0;
      for (let k = 0; k < s.length; k++) states[k + 1]![i] = s[k]!;
    },

    step(states, chosen, rewards, terminated, random) {
      const last = states[0]!;
      for (let i = 0; i < rewards.length; i++) {
        load(states, i);
        const source = random.of(i);
        const action = source.uniform() < sticky ? last[i]! : actions[chosen[i]!]!;
        last[i] = action;
        outcome.reward = 0;
        outcome.terminated = false;
        game.step(s, action, source, ramping, outcome);
        store(states, i);
        rewards[i] = outcome.reward;
        terminated[i] = outcome.terminated ? 1 : 0;
      }
    },

    observe(states, from, to, out) {
      const cells = SIZE * SIZE * channels;
      out.fill(0, from * cells, to * cells);
      for (let i = from; i < to; i++) {
        load(states, i);
        game.show(s, (row, column, channel) => {
          out[i * cells + (row * SIZE + column) * channels + channel] = 1;
        });
      }
    },

    draw(state) {
      s.set(Array.from(state).slice(1));
      return picture(game, s);
    },
  };
}

const registered = (game: Game, version: 0 | 1) =>
  registration({
    id: idOf(game, version),
    description: describe(game, version),
    options,
    build: (given, id) => minAtar(game, { ...given, version }, id),
  });

export const minAtarGames = games.flatMap((game) => [registered(game, 0), registered(game, 1)]);

/** One ink a channel; where several are on, the first of them is drawn. */
const INKS: readonly Ink[] = [
  '#3d7ea6',
  '#d1495b',
  '#8d99ae',
  '#e0b340',
  '#c77dff',
  '#ee964b',
  '#4f9d69',
  '#56cfe1',
  '#f4d35e',
  '#9c6644',
];

function picture(game: Game, s: Float64Array): Drawing {
  const first = new Map<number, number>();
  game.show(s, (row, column, channel) => {
    const at = row * SIZE + column;
    first.set(at, Math.min(channel, first.get(at) ?? channel));
  });
  const shapes: Shape[] = [{ kind: 'rectangle', x: 0, y: 0, width: SIZE, height: SIZE, ink: 'ground' }];
  for (const [at, channel] of first)
    shapes.push({
      kind: 'rectangle',
      x: (at % SIZE) + 0.04,
      y: Math.floor(at / SIZE) + 0.04,
      width: 0.92,
      height: 0.92,
      ink: INKS[channel]!,
    });
  return { width: SIZE, height: SIZE, shapes };
}
