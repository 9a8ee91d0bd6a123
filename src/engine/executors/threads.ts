import os from 'node:os';
import { KdlabError } from '../../core/errors';

/** The kernels have room for so many. */
const MOST = 64;

/**
 * How many threads an executor runs with: KDLAB_THREADS, or else the cores that may be used, at most four. Throws
 * KdlabError where KDLAB_THREADS is not a number of threads.
 */
export function defaultThreads(): number {
  const wanted = process.env.KDLAB_THREADS;
  if (wanted === undefined || wanted === '') return Math.min(os.availableParallelism(), 4);
  const threads = Number(wanted);
  if (!Number.isInteger(threads) || threads < 1 || threads > MOST)
    throw new KdlabError(`KDLAB_THREADS is "${wanted}", expected a number from 1 to ${MOST}`);
  return threads;
}
