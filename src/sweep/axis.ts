import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { section } from '../core/section';
import type { Json } from '../core/state';

const MANY_POINTS = 1000;
const points = z.number().int().min(2).max(MANY_POINTS).optional().describe('how many a grid takes of it');
const positive = z.number().positive();

function range(bound: z.ZodNumber) {
  return z
    .tuple([bound, bound])
    .refine(([low, high]) => low < high, 'expected [low, high] with low < high, such as [0.0001, 0.01]');
}

const json: z.ZodType<Json> = z.json() as z.ZodType<Json>;

/** One dimension of a sweep: a list of values, or a range that samplers draw from and a grid divides. */
export const axisSchema = z.union(
  [
    z.array(json).min(1, 'the list of values is empty'),
    section({ uniform: range(z.number()), points }),
    section({ log: range(positive), points }),
    section({ integer: range(z.number().int()), points }),
  ],
  {
    error:
      'expected a list of values, or one of {uniform: [low, high]}, {log: [low, high]} with 0 < low, {integer: [low, high]} with low < high; a grid needs points: n beside it',
  },
);

export type Axis = z.output<typeof axisSchema>;

/** The value at `unit` in [0, 1): uniform over values, over the range, or over its logarithm. */
export function valueAtUnit(axis: Axis, unit: number): Json {
  if (Array.isArray(axis)) return axis[Math.min(axis.length - 1, Math.floor(unit * axis.length))]!;
  if ('integer' in axis) {
    const [low, high] = axis.integer;
    return Math.min(high, low + Math.floor(unit * (high - low + 1)));
  }
  const [low, high] = 'log' in axis ? axis.log : axis.uniform;
  const value = 'log' in axis ? low * (high / low) ** unit : low + (high - low) * unit;
  return Math.min(high, Math.max(low, rounded(value)));
}

/** Where a value lies in [0, 1]: what `valueAtUnit` would give it for. A value that the axis does not have is undefined. */
export function unitOfValue(axis: Axis, value: Json): number | undefined {
  if (Array.isArray(axis)) {
    const index = axis.findIndex((each) => isDeepStrictEqual(each, value));
    return index < 0 ? undefined : (index + 0.5) / axis.length;
  }
  if (typeof value !== 'number') return undefined;
  const [low, high] = probingValues(axis) as [number, number];
  if (value < low || value > high) return undefined;
  if ('integer' in axis) return (value - low + 0.5) / (high - low + 1);
  return 'log' in axis ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
}

/** The values that a grid takes: all of a list, `points` of a range, both ends included. Undefined for a range without. */
export function gridValues(axis: Axis): readonly Json[] | undefined {
  if (Array.isArray(axis)) return axis;
  const count = axis.points;
  if (count === undefined) return undefined;
  const at = (i: number): number => {
    const share = i / (count - 1);
    if ('integer' in axis) return Math.round(axis.integer[0] + share * (axis.integer[1] - axis.integer[0]));
    const [low, high] = 'log' in axis ? axis.log : axis.uniform;
    return rounded('log' in axis ? low * (high / low) ** share : low + share * (high - low));
  };
  return [...new Set(Array.from({ length: count }, (_, i) => at(i)))];
}

/** Values that show whether the axis is right: all of a list, both ends of a range. */
export function probingValues(axis: Axis): readonly Json[] {
  if (Array.isArray(axis)) return axis;
  return 'integer' in axis ? axis.integer : 'log' in axis ? axis.log : axis.uniform;
}

/** Six digits: enough for any hyperparameter, and legible in a table. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
