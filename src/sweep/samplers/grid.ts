import { type Axis, gridValues } from '../axis';
import type { Setting } from '../settings';
import type { Sampler } from './sampler';

/** Every combination, the last axis varying fastest. Axes are lists, or ranges with `points`. */
export function grid(axes: Readonly<Record<string, Axis>>): Sampler {
  const values = Object.entries(axes).map(([path, axis]) => ({ path, values: gridValues(axis) ?? [] }));
  return {
    count: values.reduce((product, each) => product * each.values.length, 1),
    foreseeable: true,
    setting: (index) => {
      const setting: Record<string, Setting[string]> = {};
      let rest = index;
      for (const { path, values: choices } of [...values].reverse()) {
        setting[path] = choices[rest % choices.length]!;
        rest = Math.floor(rest / choices.length);
      }
      return Object.fromEntries(values.map(({ path }) => [path, setting[path]!]));
    },
  };
}
