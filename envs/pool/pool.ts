import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { KdlabError } from '../../src/core/errors';
import type { Rng } from '../../src/math/rng';
import type { Dynamics } from '../dynamics';
import type { EnvironmentSpec } from '../spec';
import type { Stepping } from '../stepping';
import { layout, RESUME, STEP } from './layout';
import type { WorkerTask } from './worker';

/** A pool that does not answer within this time is given up: a step takes microseconds to milliseconds. */
const PATIENCE = 60_000;
/** Before a worker is up it has to load the environments' code. */
const FIRST = -1;

/**
 * Environments stepped by worker threads, each a part of them, for steps that take long; equal in every bit to stepping
 * them in one thread. The caller waits for all of them. The threads end with the process, or by `close`.
 * Throws a KdlabError where a worker fails.
 */
export function pooledStepping(
  dynamics: Dynamics,
  spec: EnvironmentSpec,
  keys: readonly Rng[],
  workers: number,
): Stepping {
  const n = keys.length;
  if (!Number.isInteger(workers) || workers < 1 || workers > n)
    throw new KdlabError(`${dynamics.id}: workers are 1 … ${n}, one for each environment at most; found ${workers}`);
  const { shared, buffer } = layout(dynamics, n, workers);
  shared.control.fill(FIRST, 1);
  const threads = Array.from({ length: workers }, (_, worker) => {
    const task: WorkerTask = { spec, keys: keys.map(({ key }) => key), worker, workers, buffer };
    const thread = new Worker(path.join(__dirname, `worker${path.extname(__filename)}`), { workerData: task });
    thread.unref();
    return thread;
  });

  let given = 0;
  const finished = () => {
    for (let worker = 0; worker < workers; worker++)
      for (;;) {
        const done = Atomics.load(shared.control, 1 + worker);
        if (done === given) break;
        if (Atomics.wait(shared.control, 1 + worker, done, PATIENCE) === 'timed-out')
          throw new KdlabError(`${dynamics.id}: worker ${worker} of the pool has not answered for a minute`, {
            exitCode: 1,
          });
      }
    const length = Atomics.load(shared.failure, 0);
    if (length > 0)
      throw new KdlabError(`${dynamics.id}: ${Buffer.from(shared.message.slice(0, length)).toString('utf8')}`, {
        exitCode: 1,
      });
  };
  const command = (what: number) => {
    shared.command[0] = what;
    given++;
    Atomics.store(shared.control, 0, given);
    Atomics.notify(shared.control, 0);
    finished();
  };

  finished();
  const { positions, ...arrays } = shared.stepping;
  return {
    ...arrays,
    ...(dynamics.stochastic && { positions }),
    step: (actions) => {
      shared.actions.set(actions);
      command(STEP);
    },
    resume: (saved) => {
      if (saved !== undefined) positions.set(saved);
      command(RESUME);
    },
    close: async () => {
      await Promise.all(threads.map((thread) => thread.terminate()));
    },
  };
}
