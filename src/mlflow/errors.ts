/** A call that failed: refused by the client before it was sent, by the server, or lost on the way. */
export class MlflowError extends Error {
  /** HTTP status; undefined where no answer came. */
  readonly status: number | undefined;
  /** The server's error_code, such as RESOURCE_DOES_NOT_EXIST. */
  readonly code: string | undefined;
  /** True where the same call may succeed later. */
  readonly retryable: boolean;
  /** Milliseconds that the server asks to wait before that. */
  readonly retryAfterMs: number | undefined;

  /**
   * True where what was sent is at fault, so that sending it again cannot help: refused by this client, or by MLflow
   * itself (400 with an error_code), or too large for a proxy (413). Refused access is not that: a password helps.
   */
  get isRefusal(): boolean {
    const { status, code, retryable } = this;
    if (status === undefined) return !retryable;
    return status === 413 || (status === 400 && code !== undefined);
  }

  constructor(
    message: string,
    options: { status?: number; code?: string; retryable?: boolean; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'MlflowError';
    this.status = options.status;
    this.code = options.code;
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Statuses that MLflow's own client retries. */
const RETRYABLE = new Set([408, 429, 500, 502, 503, 504]);

/**
 * The error of an answer with a status of 400 or more. MLflow answers JSON for its own errors, but text or HTML for
 * unknown routes, authentication and its host check; those say here what to do about them.
 */
export function errorOf(
  { status, text, retryAfterMs }: { status: number; text: string; retryAfterMs?: number | undefined },
  request: { method: string; url: URL },
): MlflowError {
  const what = `${request.method} ${request.url.origin}${request.url.pathname}`;
  const { error_code: code, message } = jsonOf(text);
  const options = { status, retryable: RETRYABLE.has(status), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  if (code !== undefined) return new MlflowError(message ?? code, { ...options, code });
  const explained = explain(status, text, request.url) ?? `${what} answered ${status}: ${firstLine(text)}`;
  return new MlflowError(explained, options);
}

function explain(status: number, text: string, { origin, host }: URL): string | undefined {
  if (status === 401)
    return `${origin} wants a user and a password, or refuses those given; set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN`;
  if (status === 403 && text.includes('Invalid Host header'))
    return `${origin} refuses to be called by the name "${host}"; start it with --allowed-hosts "${host}"`;
  if (status === 403 && text.includes('Cross-origin'))
    return `${origin} blocked the call as one from another web page; something on the way adds an Origin header`;
  if (status === 403) return `${origin} denies this user that operation: ${firstLine(text)}`;
  if (status === 404 || status === 405)
    return `${origin} has no such MLflow interface (${status}); is it the address of an MLflow tracking server?`;
  return undefined;
}

function jsonOf(text: string): { error_code?: string; message?: string } {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null) return {};
    const { error_code, message } = parsed as Record<string, unknown>;
    return {
      ...(error_code === undefined ? {} : { error_code: String(error_code) }),
      ...(message === undefined ? {} : { message: String(message) }),
    };
  } catch {
    return {};
  }
}

function firstLine(text: string): string {
  const plain = text
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return plain.length > 200 ? `${plain.slice(0, 200)}…` : plain || 'no explanation';
}
