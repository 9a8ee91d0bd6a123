import assert from 'node:assert/strict';
import { saveVariables } from '../../src/core/params';
import { decodeState, encodeState } from '../../src/core/snapshot';
import type { State } from '../../src/core/state';
import { type Stage, train } from '../../src/core/trainer';
import type { Metrics, Model } from '../../src/core/types';
import type { Rng } from '../../src/math/rng';

/**
 * Trains a stage to its end, and another just like it that is interrupted after each of `stops` and resumed in a
 * newly built stage from its encoded state; asserts equal parameters, source states and metrics.
 */
export async function assertResumesExactly(options: {
  build: () => Stage & { readonly student: Model };
  stops: readonly number[];
  rng: Rng;
}): Promise<void> {
  const { build, stops, rng } = options;
  const whole = await runTo(build(), Number.POSITIVE_INFINITY, rng);
  for (const stop of stops) {
    const first = await runTo(build(), stop, rng);
    const second = await runTo(build(), Number.POSITIVE_INFINITY, rng, decodeState(encodeState(first.state)));
    assert.deepEqual(second.params, whole.params, `parameters after a stop at ${stop}`);
    assert.deepEqual(second.state, whole.state, `state after a stop at ${stop}`);
    assert.deepEqual([...first.lines, ...second.lines], whole.lines, `metrics after a stop at ${stop}`);
  }
}

async function runTo(stage: Stage & { readonly student: Model }, stop: number, rng: Rng, resume?: State) {
  let state: State = {};
  let done = 0;
  const lines: [number, Metrics][] = [];
  await train(stage, {
    rng,
    ...(resume && { resume }),
    logEvery: 1,
    onMetrics: (step, metrics) => lines.push([step, metrics]),
    checkpoint: (step, make) => {
      done = step;
      state = make();
    },
    interrupted: () => done >= stop,
  });
  return { state, lines, params: saveVariables(stage.student.params) };
}
