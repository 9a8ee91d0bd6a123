import { z } from 'zod';
import { KdlabError } from '../../src/core/errors';
import { section } from '../../src/core/section';
import type { SourceContext } from '../../src/core/types';
import { checkPolicy } from '../policy';
import { dynamicsOf, type EnvironmentSpec } from '../registry';

export const rewardOptions = section({
  environment: z.number().min(0).default(1).describe('weight of the environment’s reward'),
  teacher: z
    .number()
    .min(0)
    .default(0)
    .describe('weight of −H×(π_S, π_T) at the next state, paid for the step that led there'),
  temperature: z.number().positive().default(1).describe('τ, divides the logits of the teacher'),
  floor: z.number().max(0).default(-20).describe('least logarithm of a teacher’s probability'),
});

export type RewardOptions = z.output<typeof rewardOptions>;

/**
 * Cross-entropy H×(p, q) = −Σ p log q of each row's softmaxes, p from `student`, q from `teacher` at a temperature, its
 * logarithms held at `floor`. Both [rows · actions], row-major → [rows].
 */
export function crossEntropies(
  student: ArrayLike<number>,
  teacher: ArrayLike<number>,
  actions: number,
  { temperature, floor }: Pick<RewardOptions, 'temperature' | 'floor'>,
): Float32Array {
  return Float32Array.from({ length: student.length / actions }, (_, row) => {
    const own = logSoftmax(student, row * actions, actions, 1);
    const given = logSoftmax(teacher, row * actions, actions, temperature);
    return own.reduce((sum, value, k) => sum - Math.exp(value) * Math.max(floor, given[k]!), 0);
  });
}

/**
 * Rewards of the student-driven rules of Czarnecki et al., "Distilling Policy Distillation", 2019 (arXiv:1902.02186),
 * section 4.2: the environment's r_t, and −H×(π_S, π_T) at the state that step t led to, nothing after a termination.
 * All [rows]; `nextCrossEntropy[t]` belongs to the state after step t.
 */
export function shapedRewards(
  steps: {
    readonly rewards: ArrayLike<number>;
    readonly nextCrossEntropy: ArrayLike<number>;
    readonly terminated: ArrayLike<number>;
  },
  { environment, teacher }: Pick<RewardOptions, 'environment' | 'teacher'>,
): Float32Array {
  return Float32Array.from(steps.rewards, (reward, t) => {
    const cost = steps.terminated[t] === 1 ? 0 : steps.nextCrossEntropy[t]!;
    return environment * reward - teacher * cost;
  });
}

/** Throws a KdlabError where the teacher is to take part in the advantage and cannot. */
export function checkReward(
  {
    id,
    reward,
    critic,
  }: { id: EnvironmentSpec; reward?: RewardOptions | undefined; critic?: 'student' | 'teacher' | undefined },
  { teachers }: SourceContext,
): void {
  const paid = (reward?.teacher ?? 0) > 0;
  if (!paid && critic !== 'teacher') return;
  const teacher = teachers[0];
  if (teacher === undefined)
    throw new KdlabError('ppo: reward.teacher or critic: teacher asks for a teacher, but this stage has none');
  checkPolicy('teacher', teacher, dynamicsOf(id));
  if (critic !== 'teacher') return;
  if (!teacher.taps.includes('value'))
    throw new KdlabError(`ppo: critic: teacher needs a teacher with the tap "value"; ${teacher.id} has none`);
  if (paid)
    throw new KdlabError(
      'ppo: critic: teacher knows the value of the environment’s reward only; set reward.teacher to 0 or use the ' +
        'student’s critic',
    );
}

function logSoftmax(logits: ArrayLike<number>, from: number, width: number, temperature: number): Float64Array {
  const row = Float64Array.from({ length: width }, (_, k) => logits[from + k]! / temperature);
  const largest = row.reduce((a, b) => Math.max(a, b));
  const total = Math.log(row.reduce((sum, value) => sum + Math.exp(value - largest), 0)) + largest;
  return row.map((value) => value - total);
}
