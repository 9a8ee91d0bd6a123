import { z } from 'zod';
import { section } from '../../src/core/section';
import { Box } from '../spaces';
import { changed, observationRoom, wrapper } from '../wrapper';

/**
 * The latest observations, oldest first; an episode begins with its first one repeated. Along the last axis vectors [d]
 * become [k·d] and boards [h, w, c] become [h, w, k·c], ready for networks; along a new first one they are
 * Gymnasium's FrameStackObservation.
 */
export default wrapper({
  description: 'shows the latest observations together',
  options: section({
    frames: z.number().int().min(2).default(4),
    axis: z.enum(['last', 'first']).default('last').describe('joined along the last axis, or along a new first one'),
  }),
  wrap: (dynamics, { frames, axis }) => {
    const { stateSize, observationSpace } = dynamics;
    const { shape, size: width } = observationSpace;
    /** Numbers that lie together: the last axis, or a whole frame. */
    const run = axis === 'last' ? shape.at(-1)! : width;
    const runs = width / run;
    /** Where number k of frame f lies in a stacked observation. */
    const place = (f: number, k: number) => (Math.floor(k / run) * frames + f) * run + (k % run);
    const room = observationRoom(dynamics);

    const stacked = (bound: Float32Array) => {
      const out = new Array<number>(frames * width);
      for (let f = 0; f < frames; f++) for (let k = 0; k < width; k++) out[place(f, k)] = bound[k]!;
      return out;
    };
    const older = frames - 1;
    return changed(dynamics, (inside) => ({
      added: older * width,
      observationSpace: new Box({
        low: stacked(observationSpace.low),
        high: stacked(observationSpace.high),
        shape: axis === 'last' ? [...shape.slice(0, -1), frames * run] : [frames, ...shape],
      }),
      reset: (states, i, random, parameters) => {
        const inner = inside(states);
        dynamics.reset(inner, i, random, parameters);
        const now = room(states[0]!.length);
        dynamics.observe(inner, i, i + 1, now);
        for (let f = 0; f < older; f++)
          for (let k = 0; k < width; k++) states[stateSize + f * width + k]![i] = now[i * width + k]!;
      },
      step: (states, actions, rewards, terminated, random) => {
        const inner = inside(states);
        const n = rewards.length;
        const now = room(n);
        dynamics.observe(inner, 0, n, now);
        for (let k = 0; k < width; k++) {
          for (let f = 0; f < older - 1; f++)
            states[stateSize + f * width + k]!.set(states[stateSize + (f + 1) * width + k]!);
          const newest = states[stateSize + (older - 1) * width + k]!;
          for (let i = 0; i < n; i++) newest[i] = now[i * width + k]!;
        }
        dynamics.step(inner, actions, rewards, terminated, random);
      },
      observe: (states, from, to, out) => {
        const now = room(states[0]!.length);
        dynamics.observe(inside(states), from, to, now);
        for (let r = 0; r < runs; r++)
          for (let within = 0; within < run; within++) {
            const k = r * run + within;
            for (let f = 0; f < frames; f++) {
              const at = place(f, k);
              const frame = f < older ? states[stateSize + f * width + k]! : undefined;
              for (let i = from; i < to; i++) out[i * frames * width + at] = frame ? frame[i]! : now[i * width + k]!;
            }
          }
      },
    }));
  },
});
