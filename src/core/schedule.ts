import { z } from 'zod';
import { compileExpression } from '../math/expression';
import { section } from './section';
import type { Progress } from './types';

const number = z.number();
const linear = section({
  from: number,
  to: number,
  start: z.number().min(0).max(1).default(0).describe('progress at which the change begins'),
  end: z.number().min(0).max(1).default(1).describe('progress at which it is complete'),
});
const step = section({
  initial: number,
  factor: number.describe('multiplied in at each milestone'),
  at: z.array(z.number().min(0).max(1)).min(1).describe('milestones, as progress from 0 to 1'),
});

type Spec =
  | number
  | string
  | { linear: z.output<typeof linear> }
  | { cosine: z.output<typeof linear> }
  | { step: z.output<typeof step> }
  | { warmup: { steps: number; to: Spec } };

/** A validated schedule: a number, or something with a value at each point of training. */
export type Schedule = Spec;

const FORMS = 'a number, an expression of step, epoch and progress, or one of linear, cosine, step, warmup';

/**
 * Schema of a number that may change in training: `0.1`, `"0.1 * cos(pi/2 * progress)"`,
 * `{linear: {from, to}}`, `{cosine: {from, to}}`, `{step: {initial, factor, at: [0.5, 0.75]}}` or
 * `{warmup: {steps, to: <any of these>}}`. Values are checked against `min`/`max` over the whole of training.
 */
export function schedule(range: { min?: number; max?: number; exclusiveMin?: number } = {}): z.ZodType<Schedule> {
  return z.unknown().transform((value, context): Schedule => {
    const parsed = parseSpec(value, (message, path = []) =>
      context.addIssue({ code: 'custom', message, path: [...path] }),
    );
    if (parsed === undefined) return z.NEVER;
    for (let i = 0; i <= 20; i++) {
      let at: number;
      try {
        at = valueAt(parsed, { step: i * 50, epoch: Math.floor(i / 2), progress: i / 20 });
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message });
        return z.NEVER;
      }
      const { min = -Infinity, max = Infinity, exclusiveMin = -Infinity } = range;
      if (!(at >= min && at <= max && at > exclusiveMin)) {
        const wanted = [
          Number.isFinite(exclusiveMin) ? `> ${exclusiveMin}` : '',
          Number.isFinite(min) ? `>= ${min}` : '',
          Number.isFinite(max) ? `<= ${max}` : '',
        ];
        const where = typeof parsed === 'number' ? '' : ` at progress ${i / 20}`;
        context.addIssue({
          code: 'custom',
          message: `is ${at}${where}, expected ${wanted.filter(Boolean).join(' and ')}`,
        });
        return z.NEVER;
      }
    }
    return parsed;
  });
}

function parseSpec(value: unknown, report: (message: string, path?: PropertyKey[]) => void): Spec | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'string') {
    try {
      expressionOf(value);
      return value;
    } catch (error) {
      report(`"${value}" is no valid expression: ${(error as Error).message}`);
      return undefined;
    }
  }
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const [kind, body] = entries[0] ?? [];
  if (entries.length !== 1 || kind === undefined) {
    report(`expected ${FORMS}`);
    return undefined;
  }
  if (kind === 'warmup') {
    const outer = section({ steps: z.number().int().positive(), to: z.unknown() }).safeParse(body);
    if (!outer.success) return refuse(outer.error, kind, report);
    const to = parseSpec(outer.data.to, (message, path = []) => report(message, ['warmup', 'to', ...path]));
    return to === undefined ? undefined : { warmup: { steps: outer.data.steps, to } };
  }
  if (kind === 'linear' || kind === 'cosine') {
    const result = linear.safeParse(body);
    return result.success ? ({ [kind]: result.data } as Spec) : refuse(result.error, kind, report);
  }
  if (kind === 'step') {
    const result = step.safeParse(body);
    return result.success ? { step: result.data } : refuse(result.error, kind, report);
  }
  report(`"${kind}" is no schedule; expected ${FORMS}`);
  return undefined;
}

function refuse(error: z.ZodError, kind: string, report: (message: string, path?: PropertyKey[]) => void): undefined {
  for (const issue of error.issues) report(issue.message, [kind, ...issue.path]);
  return undefined;
}

const expressions = new Map<string, (values: Readonly<Record<string, number>>) => number>();

function expressionOf(text: string): (values: Readonly<Record<string, number>>) => number {
  let compiled = expressions.get(text);
  if (compiled === undefined) {
    compiled = compileExpression(text, ['step', 'epoch', 'progress']);
    expressions.set(text, compiled);
  }
  return compiled;
}

/** The schedule's value at a point of training. Throws Error where an expression gives no finite number. */
export function valueAt(spec: Schedule, at: Progress): number {
  if (typeof spec === 'number') return spec;
  if (typeof spec === 'string') {
    const value = expressionOf(spec)({ step: at.step, epoch: at.epoch, progress: at.progress });
    if (!Number.isFinite(value)) throw new Error(`"${spec}" is ${value} at step ${at.step}, expected a finite number`);
    return value;
  }
  if ('linear' in spec) {
    const { from, to } = spec.linear;
    return from + (to - from) * fraction(spec.linear, at.progress);
  }
  if ('cosine' in spec) {
    const { from, to } = spec.cosine;
    return to + (from - to) * 0.5 * (1 + Math.cos(Math.PI * fraction(spec.cosine, at.progress)));
  }
  if ('step' in spec) {
    const passed = spec.step.at.filter((milestone) => at.progress >= milestone).length;
    return spec.step.initial * spec.step.factor ** passed;
  }
  const target = valueAt(spec.warmup.to, at);
  return at.step < spec.warmup.steps ? (target * (at.step + 1)) / spec.warmup.steps : target;
}

function fraction({ start, end }: { start: number; end: number }, progress: number): number {
  if (end <= start) return progress >= end ? 1 : 0;
  return Math.min(1, Math.max(0, (progress - start) / (end - start)));
}
