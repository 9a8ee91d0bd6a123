import { LENGTH, torquesFor } from '../robotics/arm';
import type { Expert } from './expert';

const STIFFNESS = 60;
const DAMPING = 14;

/**
 * Inverse kinematics and computed torque: the joint angles that put the tip on the target, of both solutions the nearer
 * one, and the torques of a damped spring towards them, cut at what the motors can give.
 */
export const reacherExpert: Expert = {
  description: 'inverse kinematics, and computed torque towards the nearer solution',
  respond: (observations, n) => {
    const out = new Float32Array(2 * n);
    for (let i = 0; i < n; i++) {
      const [cos1, cos2, sin1, sin2, x, y, w1, w2] = observations.subarray(10 * i, 10 * i + 8) as unknown as number[];
      const q1 = Math.atan2(sin1!, cos1!);
      const q2 = Math.atan2(sin2!, cos2!);
      const [error1, error2] = nearest(q1, q2, x!, y!);
      const torques = torquesFor(q2, w1!, w2!, STIFFNESS * error1 - DAMPING * w1!, STIFFNESS * error2 - DAMPING * w2!);
      for (let k = 0; k < 2; k++) out[2 * i + k] = Math.min(Math.max(torques[k]!, -1), 1);
    }
    return out;
  },
};

/** How far both joints have to turn, by the solution that needs less turning. */
function nearest(q1: number, q2: number, x: number, y: number): [number, number] {
  const cosine = (x * x + y * y) / (2 * LENGTH * LENGTH) - 1;
  const elbow = Math.acos(Math.min(Math.max(cosine, -1), 1));
  const ways = [elbow, -elbow].map((wanted): [number, number] => {
    const shoulder = Math.atan2(y, x) - wanted / 2;
    return [turned(shoulder - q1), turned(wanted - q2)];
  }) as [[number, number], [number, number]];
  const length = ([a, b]: readonly [number, number]) => Math.abs(a) + Math.abs(b);
  return length(ways[0]) <= length(ways[1]) ? ways[0] : ways[1];
}

/** The same angle within −π … π. */
const turned = (angle: number) => angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));
