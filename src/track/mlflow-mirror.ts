import { setTimeout as pause } from 'node:timers/promises';
import { MlflowClient, MlflowError } from '../mlflow';
import { Delivery } from './delivery';
import {
  BusyError,
  DeadlineError,
  type DeliveryReport,
  DifferenceError,
  describeProblem,
  publicUri,
} from './delivery-report';
import type { TrackingTarget } from './remote-run';

/** Milliseconds between background passes; doubled after each failed one, up to the second number. */
const BETWEEN_PASSES = [2_000, 60_000] as const;

/** How long a request may take, in the background of a run and in a `sync` that has nothing else to do. */
const BACKGROUND_TIMEOUT_MS = 10_000;
const DRAIN_TIMEOUT_MS = 30_000;

/** Longest pause of a `drain`, also where the server asks for a longer one. */
const LONGEST_PAUSE_MS = 30_000;

/** Pauses before `drain` tries again what a restarting or overloaded server did not take. */
const DRAIN_PAUSES_MS = [500, 2_000] as const;

export interface MlflowMirrorOptions {
  /** The run folder; its `metrics.jsonl` is the queue. */
  readonly folder: string;
  readonly tracking: TrackingTarget;
  /** Default: one made for the target's address. A client given is not closed. */
  readonly client?: MlflowClient;
}

/**
 * Mirrors a run folder to an MLflow server. A run never waits for it: passes go on whenever the event loop is free,
 * nothing thrown in one reaches the run, and what is not delivered stays in the folder for `drain` (`kdlab sync`).
 * No request is retried by itself, since a whole pass may be repeated and creating a run must look for it first.
 */
export class MlflowMirror {
  private readonly delivery: Delivery;
  private readonly abort = new AbortController();
  private own: MlflowClient | undefined;
  private timer: NodeJS.Timeout | undefined;
  private current: Promise<void> = Promise.resolve();
  private delay: number = BETWEEN_PASSES[0];
  private stopped = false;

  constructor(private readonly options: MlflowMirrorOptions) {
    this.delivery = new Delivery(options.folder, options.tracking, this.abort.signal);
  }

  /** Begins to mirror in the background, at once and then every two seconds. Never throws. */
  start(): void {
    if (this.timer === undefined) this.schedule(0);
  }

  /** Delivers what it can before the deadline, then gives up whatever is under way. Never throws. */
  async stop({ deadlineMs }: { deadlineMs: number }): Promise<DeliveryReport> {
    this.stopped = true;
    clearTimeout(this.timer);
    const late = new DeadlineError(deadlineMs / 1000);
    const deadline = setTimeout(() => this.abort.abort(late), deadlineMs);
    const aborted = new Promise<unknown>((resolve) =>
      this.abort.signal.addEventListener('abort', () => resolve(late), { once: true }),
    );
    const last = this.current.then(() => this.attempt(BACKGROUND_TIMEOUT_MS));
    const error = await Promise.race([last, aborted]);
    clearTimeout(deadline);
    return this.conclude(this.abort.signal.aborted ? late : error);
  }

  /**
   * Delivers everything and reads it back; what the server holds otherwise is sent once more. Tries again for a few
   * seconds where the server is restarting. Never throws.
   */
  async drain(): Promise<DeliveryReport> {
    let error = await this.attempt(DRAIN_TIMEOUT_MS, reconcile);
    for (const ms of DRAIN_PAUSES_MS) {
      if (!(error instanceof BusyError || (error instanceof MlflowError && error.retryable))) break;
      const asked = error instanceof MlflowError ? (error.retryAfterMs ?? 0) : 0;
      await pause(Math.min(LONGEST_PAUSE_MS, Math.max(ms, asked)));
      error = await this.attempt(DRAIN_TIMEOUT_MS, reconcile);
    }
    const report = await this.conclude(error);
    return report.complete ? { ...report, verified: true } : report;
  }

  private schedule(ms: number): void {
    this.timer = setTimeout(() => {
      this.current = this.attempt(BACKGROUND_TIMEOUT_MS).then((error) => {
        const [shortest, longest] = BETWEEN_PASSES;
        const asked = error instanceof MlflowError ? (error.retryAfterMs ?? 0) : 0;
        this.delay = error === undefined ? shortest : Math.min(longest, Math.max(this.delay * 2, asked));
        if (!this.stopped) this.schedule(this.delay);
      });
    }, ms);
    this.timer.unref();
  }

  /** One pass; resolves to what stopped it, or to undefined. */
  private async attempt(
    timeoutMs: number,
    work = (delivery: Delivery, client: MlflowClient) => delivery.pass(client),
  ): Promise<unknown> {
    try {
      const { client, tracking } = this.options;
      this.own ??=
        client ?? new MlflowClient({ ...addressed(tracking.uri), maxRetries: 0, timeoutMs, signal: this.abort.signal });
      await work(this.delivery, this.own);
      return undefined;
    } catch (error) {
      return error ?? new Error('unknown');
    }
  }

  private async conclude(error: unknown): Promise<DeliveryReport> {
    if (this.own !== undefined && this.own !== this.options.client) void this.own.close().catch(() => undefined);
    try {
      return await this.delivery.report(error);
    } catch (unreadable) {
      // The run folder itself cannot be read: nothing can be said of what is left in it.
      return {
        complete: false,
        delivered: { metricPoints: 0, artifacts: 0 },
        pending: {
          run: true,
          metricPoints: 0,
          artifacts: [],
          params: true,
          tags: true,
          inputs: true,
          status: true,
          model: false,
        },
        rejected: [],
        problem: describeProblem(unreadable),
      };
    }
  }
}

/** A pass, and another one for what is then not on the server as it was sent. Throws DifferenceError as well. */
async function reconcile(delivery: Delivery, client: MlflowClient): Promise<void> {
  await delivery.pass(client);
  if ((await delivery.verify(client)).length === 0) return;
  await delivery.pass(client);
  const left = await delivery.verify(client);
  if (left.length > 0) throw new DifferenceError(left);
}

/** A server's address, and apart from it the user name and password that it may hold. */
export function addressed(uri: string): { uri: string; username?: string; password?: string } {
  const { username, password } = new URL(uri);
  const named =
    username === '' ? {} : { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  return { uri: publicUri(uri), ...named };
}
