import type { Interval } from '../../src/core/results';
import type { Model } from '../../src/core/types';
import { inference } from '../../src/engine/inference';
import { divergence } from '../../src/evaluate/classification';
import type { Rng } from '../../src/math/rng';
import { studentT, wilson } from '../../src/math/statistics';
import { recordStates } from '../evaluate';
import { actBy } from '../policy';
import { dynamicsOf, type EnvironmentSpec } from '../registry';

/** States compared in each of the two distributions, and the episodes that they are drawn from. */
const STATES = 1000;
const EPISODES = 20;

export interface Compared {
  readonly teacher: Model;
  readonly student: Model;
  readonly id: EnvironmentSpec;
  readonly rng: Rng;
}

/**
 * How far a student does what its teacher does: agreement of their greedy actions and KL(teacher ‖ student) in nats, on
 * states of both policies' own greedy episodes together, and of each alone (`…TeacherStates`, `…StudentStates`). What is
 * good on the teacher's states may be poor where the student goes. Gaussian policies have the KL only.
 */
export function policyFidelity({ teacher, student, id, rng }: Compared): Record<string, Interval> {
  const { actionSpace } = dynamicsOf(id);
  const [theirs, ours] = [teacher, student].map((actor, i) => {
    const states = recordStates({
      act: actBy(actor, 'greedy'),
      id,
      episodes: EPISODES,
      rng: rng.split('episodes', i),
      count: STATES,
    });
    const rows = states.length / width(actor);
    const outputs = [teacher, student].map((model) => rowsOf(inference(model)(states, rows), rows));
    return outputs[0]!.map((given, row) => ({ given, own: outputs[1]![row]! }));
  }) as [Pair[], Pair[]];
  const measure = (pairs: readonly Pair[], where: string): Record<string, Interval> => ({
    ...(actionSpace.kind === 'discrete' && {
      [`agreement${where}`]: wilson(pairs.filter(({ given, own }) => best(given) === best(own)).length, pairs.length),
    }),
    [where === '' ? 'klToTeacher' : `kl${where}`]: studentT(
      pairs.map(({ given, own }) =>
        actionSpace.kind === 'discrete' ? divergence(given, own) : gaussianDivergence(given, own),
      ),
    ),
  });
  return {
    ...measure([...theirs, ...ours], ''),
    ...measure(theirs, 'TeacherStates'),
    ...measure(ours, 'StudentStates'),
  };
}

interface Pair {
  readonly given: Float32Array;
  readonly own: Float32Array;
}

/** KL of diagonal Gaussians, each a row of means and then logarithms of deviations, in float64. */
export function gaussianDivergence(p: ArrayLike<number>, q: ArrayLike<number>): number {
  const d = p.length / 2;
  let sum = 0;
  for (let k = 0; k < d; k++) {
    const ratio = p[d + k]! - q[d + k]!;
    const distance = (p[k]! - q[k]!) * Math.exp(-q[d + k]!);
    sum += 0.5 * (Math.exp(2 * ratio) + distance ** 2) - ratio - 0.5;
  }
  return sum;
}

function rowsOf(outputs: Float32Array, rows: number): Float32Array[] {
  const size = outputs.length / rows;
  return Array.from({ length: rows }, (_, i) => outputs.slice(i * size, (i + 1) * size));
}

function best(row: Float32Array): number {
  return row.reduce((at, value, k) => (value > row[at]! ? k : at), 0);
}

function width({ inputShape }: Model): number {
  return inputShape.reduce((product, length) => product * length, 1);
}
