import { workerData } from 'node:worker_threads';
import { Rng } from '../../src/math/rng';
import { dynamicsOf, type EnvironmentSpec } from '../registry';
import { stepping } from '../stepping';
import { firstOf, layout, MESSAGE_BYTES, RESUME, STEP } from './layout';

/** What a worker is told at its start. */
export interface WorkerTask {
  readonly spec: EnvironmentSpec;
  readonly keys: readonly (readonly [number, number])[];
  readonly worker: number;
  readonly workers: number;
  readonly buffer: SharedArrayBuffer;
}

/** Steps its part of the environments whenever it is told to, until the thread is ended. */
function serve({ spec, keys, worker, workers, buffer }: WorkerTask): never {
  const dynamics = dynamicsOf(spec);
  const n = keys.length;
  const { shared } = layout(dynamics, n, workers, buffer);
  const from = firstOf(worker, workers, n);
  const to = firstOf(worker + 1, workers, n);
  const mine = keys.slice(from, to).map((key) => Rng.fromKey(...key));
  const own = dynamics.stepping?.(mine, dynamics.maxEpisodeSteps) ?? stepping(dynamics, mine);
  const theirs = shared.stepping;
  const width = dynamics.observationSpace.size;
  const { size } = dynamics.actionSpace;
  const actions = dynamics.actionSpace.array(to - from);

  const publish = () => {
    own.states.forEach((component, k) => {
      theirs.states[k]!.set(component, from);
    });
    for (const name of [
      'returns',
      'episodeReturns',
      'elapsed',
      'episodes',
      'episodeLengths',
      'rewards',
      'terminated',
      'truncated',
    ] as const)
      theirs[name].set(own[name], from);
    theirs.observations.set(own.observations, from * width);
    theirs.finalObservations.set(own.finalObservations, from * width);
    if (own.positions) theirs.positions.set(own.positions, from);
  };
  const takeUp = () => {
    own.states.forEach((component, k) => {
      component.set(theirs.states[k]!.subarray(from, to));
    });
    for (const name of ['returns', 'elapsed', 'episodes'] as const) own[name].set(theirs[name].subarray(from, to));
    own.resume?.(theirs.positions.slice(from, to));
    dynamics.observe(own.states, 0, to - from, own.observations);
  };

  publish();
  for (let done = 0; ; done++) {
    Atomics.store(shared.control, 1 + worker, done);
    Atomics.notify(shared.control, 1 + worker);
    Atomics.wait(shared.control, 0, done);
    try {
      if (shared.command[0] === STEP) {
        actions.set(shared.actions.subarray(from * size, to * size));
        own.step(actions);
        publish();
      } else if (shared.command[0] === RESUME) takeUp();
    } catch (error) {
      const text = Buffer.from(error instanceof Error ? error.message : String(error)).subarray(0, MESSAGE_BYTES);
      shared.message.set(text);
      Atomics.store(shared.failure, 0, text.length);
    }
  }
}

serve(workerData as WorkerTask);
