/** Of each of two links, uniform rods: length [m], mass [kg]; friction in each joint [N·m·s]. */
export const LENGTH = 0.5;
const MASS = 0.5;
const FRICTION = 0.1;

const CENTRE = LENGTH / 2;
/** About the centre of a link. */
const INERTIA = (MASS * LENGTH * LENGTH) / 12;
const A = 2 * INERTIA + MASS * CENTRE * CENTRE + MASS * (LENGTH * LENGTH + CENTRE * CENTRE);
const B = MASS * LENGTH * CENTRE;
const D = INERTIA + MASS * CENTRE * CENTRE;

/**
 * Torques [N·m] that give the joints of a two-link arm in the plane these accelerations, q̈ = (a1, a2), at the elbow angle
 * q2 and the speeds (w1, w2): M(q)·q̈ + C(q, q̇)·q̇ + friction; Spong, Hutchinson, Vidyasagar, "Robot Modeling and Control",
 * section 7.4, without gravity.
 */
export function torquesFor(q2: number, w1: number, w2: number, a1: number, a2: number): [number, number] {
  const cos = Math.cos(q2);
  const h = -B * Math.sin(q2);
  return [
    (A + 2 * B * cos) * a1 + (D + B * cos) * a2 + h * (2 * w1 * w2 + w2 * w2) + FRICTION * w1,
    (D + B * cos) * a1 + D * a2 - h * w1 * w1 + FRICTION * w2,
  ];
}

/** Accelerations of the joints under torques [N·m], written to `out`: the same equations solved for q̈. */
export function accelerations(
  q2: number,
  w1: number,
  w2: number,
  torque1: number,
  torque2: number,
  out: Float64Array,
): void {
  const cos = Math.cos(q2);
  const h = -B * Math.sin(q2);
  const m11 = A + 2 * B * cos;
  const m12 = D + B * cos;
  const left1 = torque1 - h * (2 * w1 * w2 + w2 * w2) - FRICTION * w1;
  const left2 = torque2 + h * w1 * w1 - FRICTION * w2;
  const determinant = m11 * D - m12 * m12;
  out[0] = (D * left1 - m12 * left2) / determinant;
  out[1] = (m11 * left2 - m12 * left1) / determinant;
}

/** Kinetic energy [J]. */
export function energy(q2: number, w1: number, w2: number): number {
  const cos = Math.cos(q2);
  return 0.5 * (A + 2 * B * cos) * w1 * w1 + (D + B * cos) * w1 * w2 + 0.5 * D * w2 * w2;
}
