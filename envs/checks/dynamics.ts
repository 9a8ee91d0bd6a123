import type { RandomSource } from '../random';
import type { Shape } from '../render/drawing';
import { samples } from './acting';
import type { Check } from './checks';
import { expect, expectSame } from './expect';

const N = 3;

function begun(dynamics: Parameters<Check>[0], rng: Parameters<Check>[1]) {
  const states = Array.from({ length: dynamics.stateSize }, () => new Float64Array(N).fill(Number.NaN));
  for (let i = 0; i < N; i++) dynamics.reset(states, i, rng.split('reset', i).stream());
  return states;
}

export const purity: Check = (dynamics, rng) => {
  const states = begun(dynamics, rng);
  states.forEach((component, k) => {
    expect(component.every(Number.isFinite), `reset leaves component ${k} of the state at ${component.join(', ')}`);
  });
  const streams = Array.from({ length: N }, (_, i) => rng.split('step', i).stream());
  let drawn = false;
  const watched = (i: number): RandomSource => ({
    uniform: (...range) => {
      drawn = true;
      return streams[i]!.uniform(...range);
    },
    integer: (n) => {
      drawn = true;
      return streams[i]!.integer(n);
    },
    normal: (...moments) => {
      drawn = true;
      return streams[i]!.normal(...moments);
    },
  });
  const stream = rng.split('actions').stream();
  const rewards = new Float64Array(N);
  const terminated = new Uint8Array(N);
  for (let t = 0; t < 20; t++) {
    const actions = samples(dynamics, N, stream);
    const kept = actions.slice();
    rewards.fill(Number.NaN);
    terminated.fill(7);
    dynamics.step(states, actions, rewards, terminated, { of: watched });
    expectSame(actions, kept, 'the actions after a step');
    expect(rewards.every(Number.isFinite), `step ${t} leaves rewards at ${rewards.join(', ')}`);
    expect(
      terminated.every((end) => end <= 1),
      `step ${t} leaves ends at ${terminated.join(', ')}, expected 0 or 1`,
    );
    for (let i = 0; i < N; i++) if (terminated[i] === 1) dynamics.reset(states, i, streams[i]!);
  }
  expect(dynamics.stochastic === true || !drawn, 'a step draws random numbers, but the definition is not `stochastic`');
};

export const observing: Check = (dynamics, rng) => {
  const states = begun(dynamics, rng);
  const kept = states.map((component) => component.slice());
  const { size } = dynamics.observationSpace;
  const all = new Float32Array(N * size);
  dynamics.observe(states, 0, N, all);
  const one = new Float32Array(N * size).fill(Number.NaN);
  dynamics.observe(states, 1, 2, one);
  const expected = new Float32Array(N * size).fill(Number.NaN);
  expected.set(all.subarray(size, 2 * size), size);
  expectSame(one, expected, 'observing environment 1 of 3');
  states.forEach((component, k) => {
    expectSame(component, kept[k]!, `component ${k} of the state after observing`);
  });
};

const numbersOf = (shape: Shape): number[] => {
  const { kind, ink: _ink, ...rest } = shape;
  if (kind === 'line') return [shape.width, ...shape.points.flat()];
  return Object.values(rest).filter((value): value is number => typeof value === 'number');
};

export const drawing: Check = (dynamics, rng) => {
  expect(dynamics.draw !== undefined, 'there is no `draw`');
  const states = begun(dynamics, rng);
  const state = states.map((component) => component[1]!);
  const { width, height, shapes } = dynamics.draw(state);
  expect(
    width > 0 && height > 0 && shapes.length > 0,
    `a picture of ${width} × ${height} with ${shapes.length} shapes`,
  );
  for (const shape of shapes)
    expect(numbersOf(shape).every(Number.isFinite), `a shape that is not finite: ${JSON.stringify(shape)}`);
  expect(
    JSON.stringify(dynamics.draw(state)) === JSON.stringify({ width, height, shapes }),
    'two pictures of one state differ',
  );
};
