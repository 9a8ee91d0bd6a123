import { messageOf } from '../core/errors';
import { MlflowError } from '../mlflow';
import type { Rejection } from './ledger';

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
  };
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
