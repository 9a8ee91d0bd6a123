import type { ModelResult } from '../core/results';

type Role = ModelResult['role'];

export type MarkShape = 'circle' | 'diamond' | 'triangle' | 'square';

/** How one line or mark is drawn: a CSS colour that follows the reader's light or dark theme, and a dash pattern. */
export interface Ink {
  readonly color: string;
  readonly dash: 'solid' | 'dashed' | 'dotted';
}

const ROLES: readonly Role[] = ['teacher', 'student', 'reference', 'baseline'];
const SYMBOLS = { teacher: 'circle', student: 'diamond', reference: 'triangle', baseline: 'square' } as const;
const DASHES = ['solid', 'dashed', 'dotted'] as const;
const EXTRAS = 3;

/** The same colour everywhere for one role. */
export function roleColor(role: Role): string {
  return `var(--${role})`;
}

/** Form tells roles apart where colour cannot. */
export function roleSymbol(role: Role): MarkShape {
  return SYMBOLS[role];
}

/**
 * The ink of a stage among all stages of its run. A stage named after a role (`student`, `teacher-2`) has the role's
 * colour; several of one role differ by dashes.
 */
export function inkOf(stage: string, stages: readonly string[]): Ink {
  const role = roleOf(stage);
  const group = stages.filter((other) => roleOf(other) === role);
  const position = Math.max(0, group.indexOf(stage));
  if (role !== undefined) return { color: roleColor(role), dash: DASHES[position % DASHES.length]! };
  const dash = DASHES[Math.floor(position / EXTRAS) % DASHES.length]!;
  return { color: `var(--extra-${(position % EXTRAS) + 1})`, dash };
}

function roleOf(stage: string): Role | undefined {
  return ROLES.find((role) => stage.toLowerCase().startsWith(role));
}
