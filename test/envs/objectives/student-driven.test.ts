import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import teacherCrossEntropy from '../../../envs/objectives/teacher-cross-entropy';
import { crossEntropies, shapedRewards } from '../../../envs/ppo/reward';
import { momentAt } from '../../../src/core/moment';
import { selectEngine } from '../../../src/engine/engine';

/*
 * Czarnecki et al., "Distilling Policy Distillation", 2019 (arXiv:1902.02186), section 4: learning from a teacher on the
 * student's own states, H×(π_S, π_T) of each state alone, is the gradient of no function and can go round for ever; paid
 * for the later cross-entropies by a policy gradient it is one and converges.
 *
 * The MDP: a policy with two parameters θ for all states. An episode begins in a state with four actions, whose logits
 * are 3·b_i·θ for the four directions b_i; action i leads to state i and the end. There the teacher wants θ to move
 * along a_i = b_i + (b_i turned by 90°). Two more states, always visited, hold θ near 0.
 */
before(() => selectEngine());

const SHARPNESS = 3;
const DIRECTIONS = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
];
const WANTED = DIRECTIONS.map(([x, y]) => [x! - y!, y! + x!]);
const at = momentAt({ step: 0, epoch: 0, progress: 0 });
const objective = teacherCrossEntropy.build(teacherCrossEntropy.options.parse({ expectation: 'student' }));
const matrix = (rows: readonly (readonly number[])[]) => tf.tensor2d(rows.map((row) => [...row]));

/** Logits of the first state [4], and of the states it leads to [4, 2] and the two others [2, 3]. */
function policy(theta: tf.Tensor1D) {
  const along = (rows: readonly (readonly number[])[]) =>
    tf.squeeze<tf.Tensor1D>(tf.matMul(matrix(rows), tf.expandDims(theta, 1)));
  const later = along(WANTED);
  const zeros = tf.zerosLike(theta);
  return {
    first: tf.mul<tf.Tensor1D>(along(DIRECTIONS), SHARPNESS),
    later: tf.stack([later, tf.zerosLike(later)], 1) as tf.Tensor2D,
    holding: tf.stack([theta, zeros, tf.neg(theta)], 1) as tf.Tensor2D,
  };
}

const TEACHER = {
  later: DIRECTIONS.map(() => [4, 0]),
  holding: [0, 1].map(() => [Math.log(0.02), Math.log(0.96), Math.log(0.02)]),
};

/** H×(π_S, π_T) of each row, by the objective itself. */
function losses(student: tf.Tensor2D, teacher: readonly (readonly number[])[]): tf.Tensor1D {
  const size = student.shape[0];
  const lesson = { batch: { x: tf.zeros([size, 1]), size }, teachers: [{ logits: matrix(teacher), taps: {} }] };
  return objective.loss({ logits: student, taps: {} }, lesson, at).crossEntropy!;
}

/** The expected cross-entropy of an episode: what is to be minimised. */
function expected(theta: tf.Tensor1D): tf.Scalar {
  const { first, later, holding } = policy(theta);
  const visited = tf.sum<tf.Scalar>(tf.mul(tf.softmax(first), losses(later, TEACHER.later)));
  return tf.add(visited, tf.sum(losses(holding, TEACHER.holding)));
}

/** The expected update of each rule. The states visited count as given; `corrected` adds the policy gradient. */
function update(point: readonly number[], rule: 'plain' | 'corrected'): number[] {
  return tf.tidy(() => {
    const { first, later } = policy(tf.tensor1d([...point]));
    const reached = tf.softmax(first);
    const rewards = shapedRewards(
      {
        rewards: [0, 0, 0, 0],
        terminated: [0, 0, 0, 0],
        nextCrossEntropy: crossEntropies(later.dataSync(), TEACHER.later.flat(), 2, { temperature: 1, floor: -20 }),
      },
      { environment: 0, teacher: 1 },
    );
    const surrogate = (theta: tf.Tensor) => {
      const now = policy(theta as tf.Tensor1D);
      const own = tf.add(
        tf.sum<tf.Scalar>(tf.mul(reached, losses(now.later, TEACHER.later))),
        tf.sum(losses(now.holding, TEACHER.holding)),
      );
      if (rule === 'plain') return own;
      const weighed = tf.mul(tf.mul(reached, tf.tensor1d(rewards)), tf.logSoftmax(now.first));
      return tf.sub<tf.Scalar>(own, tf.sum<tf.Scalar>(weighed));
    };
    return [...tf.neg(tf.grad(surrogate)(tf.tensor1d([...point]))).dataSync()];
  });
}

/** ∂u_x/∂y − ∂u_y/∂x by central differences: 0 everywhere for a gradient. */
function curl([x, y]: readonly [number, number], rule: 'plain' | 'corrected'): number {
  const h = 1e-2;
  const byY = (update([x, y + h], rule)[0]! - update([x, y - h], rule)[0]!) / (2 * h);
  const byX = (update([x + h, y], rule)[1]! - update([x - h, y], rule)[1]!) / (2 * h);
  return byY - byX;
}

function follow(rule: 'plain' | 'corrected', steps: number): { turns: number; radii: number[]; last: number[] } {
  let point = [0.3, 0.1];
  let turned = 0;
  const radii: number[] = [];
  for (let step = 0; step < steps; step++) {
    const change = update(point, rule);
    const next = point.map((value, k) => value + 0.2 * change[k]!);
    const angle = Math.atan2(point[0]! * next[1]! - point[1]! * next[0]!, point[0]! * next[0]! + point[1]! * next[1]!);
    point = next;
    if (step < steps / 2) continue;
    turned += angle;
    radii.push(Math.hypot(...point));
  }
  return { turns: turned / (2 * Math.PI), radii, last: update(point, rule) };
}

test('the corrected rule is the gradient of the expected cross-entropy, the plain one is not', () => {
  for (const point of [
    [0.3, 0.1],
    [-0.8, 0.5],
  ] as const) {
    const gradient = tf.tidy(() =>
      tf
        .grad((theta: tf.Tensor) => expected(theta as tf.Tensor1D))(tf.tensor1d([...point]))
        .dataSync(),
    );
    for (const [k, value] of update(point, 'corrected').entries()) assert.ok(Math.abs(value + gradient[k]!) < 1e-5);
    assert.ok(Math.abs(curl(point, 'corrected')) < 0.01, `${curl(point, 'corrected')}`);
    assert.ok(Math.abs(curl(point, 'plain')) > 0.5, `${curl(point, 'plain')}`);
  }
});

test('the plain rule goes round for ever, the corrected one comes to rest', () => {
  const plain = follow('plain', 600);
  assert.ok(Math.abs(plain.turns) > 3, `${plain.turns} turns`);
  assert.ok(Math.min(...plain.radii) > 0.5 && Math.max(...plain.radii) < 2, 'neither falls in nor flies off');
  const corrected = follow('corrected', 600);
  assert.ok(Math.abs(corrected.turns) < 0.05, `${corrected.turns} turns`);
  assert.ok(Math.hypot(...corrected.last) < 1e-2, `${corrected.last}`);
});
