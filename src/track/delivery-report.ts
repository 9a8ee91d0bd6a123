import { messageOf } from '../core/errors';
import { MlflowError } from '../mlflow';
import type { Rejection } from './ledger';
import type { Difference } from './verification';

/** How many differences a message names before it only counts them. */
const NAMED = 3;

/** What a tracking server has of a run, and what it has not. */
export interface DeliveryReport {
  /** True where nothing is pending and nothing went wrong; what the server refused for good does not count. */
  readonly complete: boolean;
  /** Acknowledged since the mirror was made. */
  readonly delivered: { readonly metricPoints: number; readonly artifacts: number };
  /** Queued in the run folder. */
  readonly pending: {
    /** True where the server does not have the run at all. */
    readonly run: boolean;
    readonly metricPoints: number;
    readonly artifacts: readonly string[];
    readonly params: boolean;
    readonly tags: boolean;
    readonly inputs: boolean;
    readonly status: boolean;
    /** The registration of the student. */
    readonly model: boolean;
  };
  readonly registered?: { readonly model: string; readonly version: string };
  /** True where everything was read back and found as it is in the run folder. */
  readonly verified?: boolean;
  readonly rejected: readonly Rejection[];
  /** Completes "the server <uri> …". */
  readonly problem?: string;
  readonly runUrl?: string;
}

/** A server's address as it may be shown and stored: without user name, password and trailing slash. */
export function publicUri(uri: string): string {
  try {
    const url = new URL(uri);
    url.username = '';
    url.password = '';
    return url.href.replace(/\/+$/, '');
  } catch {
    return uri;
  }
}

/** What went wrong, as the end of a sentence that begins with the server's address. */
export function describeProblem(error: unknown): string {
  if (error instanceof DeadlineError) return `did not answer within ${error.seconds} s`;
  if (error instanceof BusyError || error instanceof DifferenceError) return error.message;
  if (!(error instanceof MlflowError)) return `cannot be served: ${messageOf(error)}`;
  if (error.status !== undefined) return `answered ${error.status} (${messageOf(error)})`;
  const code = systemCode(error);
  if (code?.includes('TIMEOUT') === true) return `did not answer in time (${code})`;
  return code === undefined ? `failed: ${error.message}` : `unreachable (${code})`;
}

/** The time given for delivering is over. */
export class DeadlineError extends Error {
  constructor(readonly seconds: number) {
    super(`not delivered within ${seconds} s`);
    this.name = 'DeadlineError';
  }
}

/** Another process delivers this run folder just now. */
export class BusyError extends Error {
  constructor() {
    super('is being brought up to date by another process');
    this.name = 'BusyError';
  }
}

/** What the server holds is not what was sent. */
export class DifferenceError extends Error {
  constructor(differences: readonly Difference[]) {
    const named = differences.slice(0, NAMED).map(({ kind, key, what }) => `${kind} ${key} ${what}`);
    const more = differences.length - named.length;
    super(`holds it otherwise: ${named.join(', ')}${more > 0 ? `, and ${more} more` : ''}`);
    this.name = 'DifferenceError';
  }
}

/** The first operating-system or socket error code along a chain of causes: ECONNREFUSED, UND_ERR_HEADERS_TIMEOUT. */
function systemCode(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code } = at as NodeJS.ErrnoException;
    if (typeof code === 'string' && /^(E[A-Z]{3,}|UND_ERR_\w+|CERT_\w+|DEPTH_\w+|SELF_\w+|UNABLE_\w+)$/.test(code))
      return code;
    // A name with several addresses fails with one error for each.
    if (at instanceof AggregateError && at.errors.length > 0) return systemCode(at.errors[0]);
  }
  return undefined;
}
