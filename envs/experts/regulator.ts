import type { Dynamics } from '../dynamics';
import type { RandomSources } from '../random';
import type { Expert } from './expert';

type Matrix = readonly (readonly number[])[];

export interface RegulatorOptions {
  /** The state that is to be held; the two actions lead symmetrically away from it. */
  readonly at: readonly number[];
  /** Cost of each component's square. */
  readonly cost: readonly number[];
  /** Cost of the square of the action, which counts −1 … 1. */
  readonly effort: number;
}

const NO_DRAWS: RandomSources = {
  of: () => {
    throw new Error('a regulator needs steps that draw no random numbers');
  },
};

/**
 * A linear-quadratic regulator for two opposite actions: the dynamics linearised by differences, the gain by iterating the
 * discrete Riccati equation, and of the action it asks for the sign. Observations are the state itself.
 */
export function regulatorExpert(dynamics: Dynamics, options: RegulatorOptions): Expert {
  const gain = regulatorGain(dynamics, options);
  const { at } = options;
  const d = at.length;
  return {
    description: 'a linear-quadratic regulator, of which the sign is taken',
    respond: (observations, n) => {
      const out = new Float32Array(2 * n);
      for (let i = 0; i < n; i++) {
        let wanted = 0;
        for (let k = 0; k < d; k++) wanted -= gain[k]! * (observations[i * d + k]! - at[k]!);
        out[2 * i] = -wanted;
        out[2 * i + 1] = wanted;
      }
      return out;
    },
  };
}

/** The row vector K of the best action −K·(state − at), where the actions count −1 and 1. */
export function regulatorGain(dynamics: Dynamics, { at, cost, effort }: RegulatorOptions): readonly number[] {
  const d = at.length;
  const step = (state: readonly number[], action: number): number[] => {
    const states = state.map((value) => Float64Array.of(value));
    dynamics.step(states, Int32Array.of(action), new Float64Array(1), new Uint8Array(1), NO_DRAWS);
    return states.map((component) => component[0]!);
  };
  const h = 1e-5;
  const rest = (state: readonly number[]) => step(state, 0).map((value, k) => (value + step(state, 1)[k]!) / 2);
  const moved = (k: number, by: number) => rest(at.map((value, j) => (j === k ? value + by : value)));
  const columns = at.map((_, k) => {
    const [up, down] = [moved(k, h), moved(k, -h)];
    return up.map((value, j) => (value - down[j]!) / (2 * h));
  });
  const a: Matrix = at.map((_, row) => columns.map((column) => column[row]!));
  const b = step(at, 1).map((value, k) => (value - step(at, 0)[k]!) / 2);

  let p: Matrix = cost.map((each, i) => cost.map((_, j) => (i === j ? each : 0)));
  let gain: readonly number[] = [];
  for (let iteration = 0; iteration < 2000; iteration++) {
    const pa = product(p, a);
    const pb = p.map((row) => dot(row, b));
    const scale = effort + dot(b, pb);
    gain = columns.map(
      (_, j) =>
        dot(
          b,
          pa.map((row) => row[j]!),
        ) / scale,
    );
    const apa = product(transposed(a), pa);
    const apb = columns.map((column) => dot(column, pb));
    p = apa.map((row, i) => row.map((value, j) => value - apb[i]! * gain[j]! + (i === j ? cost[i]! : 0)));
  }
  return gain.slice(0, d);
}

const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, k) => sum + value * y[k]!, 0);
const transposed = (m: Matrix): Matrix => m[0]!.map((_, j) => m.map((row) => row[j]!));
const product = (x: Matrix, y: Matrix): Matrix => {
  const columns = transposed(y);
  return x.map((row) => columns.map((column) => dot(row, column)));
};
