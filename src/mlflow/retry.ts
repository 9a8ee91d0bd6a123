import { setTimeout as wait } from 'node:timers/promises';
import { MlflowError } from './errors';

export interface RetryOptions {
  readonly maxRetries: number;
  /** First pause in milliseconds; it doubles from try to try. */
  readonly backoffMs: number;
  readonly signal: AbortSignal | undefined;
  /** False where a second call could do harm. */
  readonly mayRepeat: (error: MlflowError) => boolean;
}

/** Longest pause, also where the server asks for a longer one. */
const LONGEST_MS = 120_000;

/**
 * Calls until it works, fails for good, or the retries are used up. Between tries it waits twice as long each time,
 * give or take a quarter so that many clients do not come back together, or as long as the server says. An error of
 * the server itself, with an error_code, is tried at most twice more: it is seldom better by waiting.
 */
export async function retrying<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { maxRetries, backoffMs, signal, mayRepeat } = options;
  for (let tries = 0; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof MlflowError) || !error.retryable || !mayRepeat(error)) throw error;
      const allowed = error.status === 500 && error.code !== undefined ? Math.min(2, maxRetries) : maxRetries;
      if (tries >= allowed || signal?.aborted === true) throw error;
      // The clock's low digits serve: this is about spreading load, not about results.
      const spread = 0.75 + (performance.now() % 1) / 2;
      const pause = Math.min(LONGEST_MS, error.retryAfterMs ?? backoffMs * 2 ** tries * spread);
      try {
        await wait(pause, undefined, signal === undefined ? {} : { signal });
      } catch {
        throw error;
      }
    }
  }
}

/** Milliseconds that a Retry-After header asks for: seconds, or a date. */
export function retryAfter(header: string | string[] | undefined, now = Date.now()): number | undefined {
  if (typeof header !== 'string' || header.trim() === '') return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
