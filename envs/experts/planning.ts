import type { Dynamics } from '../dynamics';
import type { RandomSources } from '../random';
import { best, type Expert } from './expert';

/** One component of a state, divided into `count` points from `from` to `to`; of an angle the last is the first again. */
export interface Axis {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly periodic?: boolean;
}

export interface PlanningOptions {
  /** Of the two components of the state. */
  readonly axes: readonly [Axis, Axis];
  /** Writes the states of n observations to two arrays of n. */
  readonly decode: (observations: Float32Array, n: number, states: readonly [Float64Array, Float64Array]) => void;
  /** Values tried of a continuous action, evenly spaced. */
  readonly actionValues?: number;
  readonly discount?: number;
  readonly sweeps?: number;
}

const NO_DRAWS: RandomSources = {
  of: () => {
    throw new Error('planning needs steps that draw no random numbers');
  },
};

/**
 * Dynamic programming on a grid over two state components, values between the points by bilinear interpolation: near the
 * optimum, as far as the grid is fine. It then acts by looking one step ahead. Scores are action values.
 */
export function plannedExpert(dynamics: Dynamics, options: PlanningOptions): Expert {
  const { axes, decode, actionValues = 9, discount = 1, sweeps = 500 } = options;
  const choices = choicesOf(dynamics, actionValues);
  const grid = gridOf(axes);
  const values = new Float64Array(grid.size);
  const steps = choices.map((choice) => transitions(dynamics, grid, choice));
  for (let sweep = 0; sweep < sweeps; sweep++) {
    let change = 0;
    for (let at = 0; at < grid.size; at++) {
      let most = Number.NEGATIVE_INFINITY;
      for (const { corners, weights, rewards, goesOn } of steps) {
        let ahead = 0;
        if (goesOn[at] === 1) for (let c = 4 * at; c < 4 * at + 4; c++) ahead += weights[c]! * values[corners[c]!]!;
        most = Math.max(most, rewards[at]! + discount * ahead);
      }
      change = Math.max(change, Math.abs(most - values[at]!));
      values[at] = most;
    }
    if (change < 1e-6) break;
  }
  const { actionSpace } = dynamics;
  return {
    description: `dynamic programming on a grid of ${axes[0].count} × ${axes[1].count}, looking one step ahead`,
    respond: (observations, n) => {
      const q = new Float32Array(n * choices.length);
      choices.forEach((choice, a) => {
        const states = [new Float64Array(n), new Float64Array(n)] as const;
        decode(observations, n, states);
        const { rewards, terminated } = stepAll(dynamics, states, choice, n);
        for (let i = 0; i < n; i++) {
          const ahead = terminated[i] === 1 ? 0 : grid.interpolate(values, states[0][i]!, states[1][i]!);
          q[i * choices.length + a] = rewards[i]! + discount * ahead;
        }
      });
      if (actionSpace.kind === 'discrete') return q;
      return Float32Array.from({ length: n }, (_, i) => choices[best(q, i * choices.length, choices.length)]!);
    },
  };
}

/** The actions to choose from: all of a Discrete space, evenly spaced ones of a Box of one element. */
function choicesOf({ id, actionSpace }: Dynamics, count: number): readonly number[] {
  if (actionSpace.kind === 'discrete') return Array.from({ length: actionSpace.n }, (_, k) => actionSpace.start + k);
  if (actionSpace.kind !== 'box' || actionSpace.size !== 1)
    throw new Error(`${id}: planning is for one action component, found ${actionSpace}`);
  const [low, high] = [actionSpace.low[0]!, actionSpace.high[0]!];
  return Array.from({ length: count }, (_, k) => low + ((high - low) * k) / (count - 1));
}

function stepAll(dynamics: Dynamics, states: readonly Float64Array[], choice: number, n: number) {
  const rewards = new Float64Array(n);
  const terminated = new Uint8Array(n);
  dynamics.step(states, dynamics.actionSpace.array(n).fill(choice), rewards, terminated, NO_DRAWS);
  return { rewards, terminated };
}

interface Grid {
  readonly size: number;
  readonly points: readonly [Float64Array, Float64Array];
  /** The four points about a place and their weights, written from index `to` on. */
  surround(x: number, y: number, corners: Int32Array, weights: Float64Array, to: number): void;
  interpolate(values: Float64Array, x: number, y: number): number;
}

function gridOf([first, second]: readonly [Axis, Axis]): Grid {
  const size = first.count * second.count;
  const place = ({ from, to, count, periodic }: Axis, k: number) =>
    from + ((to - from) * k) / (count - (periodic ? 0 : 1));
  const points = [new Float64Array(size), new Float64Array(size)] as const;
  for (let at = 0; at < size; at++) {
    points[0][at] = place(first, Math.floor(at / second.count));
    points[1][at] = place(second, at % second.count);
  }
  const corners = new Int32Array(4);
  const weights = new Float64Array(4);
  const cell = new Float64Array(1);
  /** The point below a place, its neighbour above, and in `cell` how far the place lies between them. */
  const locate = ({ from, to, count, periodic }: Axis, value: number): readonly [below: number, above: number] => {
    const scaled = ((value - from) / (to - from)) * (count - (periodic ? 0 : 1));
    if (periodic) {
      const turned = scaled - count * Math.floor(scaled / count);
      const below = Math.min(Math.floor(turned), count - 1);
      cell[0] = turned - below;
      return [below, (below + 1) % count];
    }
    const held = Math.min(Math.max(scaled, 0), count - 1);
    const below = Math.min(Math.floor(held), count - 2);
    cell[0] = held - below;
    return [below, below + 1];
  };
  const surround: Grid['surround'] = (x, y, intoCorners, intoWeights, to) => {
    const [left, right] = locate(first, x);
    const u = cell[0]!;
    const [low, high] = locate(second, y);
    const v = cell[0]!;
    intoCorners[to] = left * second.count + low;
    intoCorners[to + 1] = left * second.count + high;
    intoCorners[to + 2] = right * second.count + low;
    intoCorners[to + 3] = right * second.count + high;
    intoWeights[to] = (1 - u) * (1 - v);
    intoWeights[to + 1] = (1 - u) * v;
    intoWeights[to + 2] = u * (1 - v);
    intoWeights[to + 3] = u * v;
  };
  return {
    size,
    points,
    surround,
    interpolate: (values, x, y) => {
      surround(x, y, corners, weights, 0);
      return corners.reduce((sum, corner, c) => sum + weights[c]! * values[corner]!, 0);
    },
  };
}

/** Where one action leads from every point of the grid. */
function transitions(dynamics: Dynamics, grid: Grid, choice: number) {
  const states = [grid.points[0].slice(), grid.points[1].slice()] as const;
  const { rewards, terminated } = stepAll(dynamics, states, choice, grid.size);
  const corners = new Int32Array(4 * grid.size);
  const weights = new Float64Array(4 * grid.size);
  for (let at = 0; at < grid.size; at++) grid.surround(states[0][at]!, states[1][at]!, corners, weights, 4 * at);
  return { corners, weights, rewards, goesOn: terminated.map((end) => 1 - end) };
}
