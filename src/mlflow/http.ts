import { Agent, type Dispatcher, request } from 'undici';
import type { MultipartOptions } from './artifacts';
import { type Connection, type ConnectionOptions, connectionOf } from './connection';
import { errorOf, MlflowError } from './errors';
import { retryAfter, retrying } from './retry';

export interface HttpOptions extends ConnectionOptions {
  /** Of one try: until it connects, until its answer begins, between two parts of it. Default 30,000 ms. */
  readonly timeoutMs?: number;
  /** Tries after the first; default 7, as MLflow's own client. */
  readonly maxRetries?: number;
  /** Default 1000. */
  readonly backoffMs?: number;
  /** Ends every call that is under way. */
  readonly signal?: AbortSignal;
  readonly multipart?: MultipartOptions;
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the server's address; each part encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly json?: unknown;
  /** A body that is JSON text already. */
  readonly text?: string;
  /** Makes the raw body anew for each try. */
  readonly raw?: () => { body: Buffer | NodeJS.ReadableStream; length: number };
  /** False where a lost answer must not lead to a second call. */
  readonly idempotent?: boolean;
}

/** Answers in JSON are never longer; artifacts may be. */
const LARGEST_ANSWER = 256 * 1024 * 1024;
/** Failures before anything was sent. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

/**
 * Calls to one server: credentials, time limits, retries, errors in words. No Origin header, which the server's security
 * check refuses, and no compressed bodies, which it does not understand.
 */
export class Http {
  private readonly connection: Connection;
  private readonly agent: Agent;

  constructor(private readonly options: HttpOptions) {
    this.connection = connectionOf(options);
    const { timeoutMs = 30_000 } = options;
    this.agent = new Agent({
      connect: { timeout: timeoutMs, rejectUnauthorized: !this.connection.insecureTls },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
  }

  /** The JSON of the answer; an empty answer is {}. Throws MlflowError. */
  async json<T>(call: Call): Promise<T> {
    const text = (await this.bytes(call)).toString('utf8');
    try {
      return (text === '' ? {} : JSON.parse(text)) as T;
    } catch (cause) {
      throw new MlflowError(
        `${this.connection.base.origin} answered ${call.path} with ${isHtml(text) ? 'a web page' : 'what is no JSON'}; is it an MLflow tracking server, and are you logged in?`,
        { status: 200, cause },
      );
    }
  }

  /** The bytes of the answer. Throws MlflowError. */
  bytes(call: Call): Promise<Buffer> {
    const { maxRetries = 7, backoffMs = 1000, signal } = this.options;
    const { idempotent = true } = call;
    const mayRepeat = (error: MlflowError) => idempotent || wasNotDone(error);
    return retrying(() => this.attempt(call), { maxRetries, backoffMs, signal, mayRepeat });
  }

  /**
   * Puts bytes at an address that the server signed for its storage, without our credentials. Gives the ETag. Throws
   * MlflowError.
   */
  async putForeign(address: string, headers: Readonly<Record<string, string>>, bytes: Buffer): Promise<string> {
    const url = new URL(address);
    const { maxRetries = 7, backoffMs = 1000, signal } = this.options;
    return retrying(
      async () => {
        const answer = await this.reach(url, { method: 'PUT', headers, body: bytes });
        if (answer.status < 300) return String(answer.headers.etag ?? '');
        throw errorOf({ ...answer, text: answer.bytes.toString('utf8') }, { method: 'PUT', url });
      },
      { maxRetries, backoffMs, signal, mayRepeat: () => true },
    );
  }

  /** True once the signal has ended all calls. */
  get ended(): boolean {
    return this.options.signal?.aborted === true;
  }

  close(): Promise<void> {
    return this.agent.close();
  }

  private async attempt({ method, json, text: given, raw, ...call }: Call): Promise<Buffer> {
    const url = this.urlOf(call);
    const { authorization } = this.connection;
    const made = raw?.();
    const sent = given ?? (json === undefined ? undefined : JSON.stringify(json));
    const { status, headers, bytes } = await this.reach(url, {
      method,
      headers: {
        ...(authorization === undefined ? {} : { authorization }),
        ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
        ...(made === undefined
          ? {}
          : { 'content-type': 'application/octet-stream', 'content-length': String(made.length) }),
      },
      body: made?.body ?? sent ?? null,
    });
    if (status >= 300 && status < 400)
      throw new MlflowError(
        `${url.origin} redirects to ${String(headers.location)}; user and password are not sent there. ` +
          'If that is the server you mean, use its address.',
        { status },
      );
    const text = () => bytes.toString('utf8');
    if (status >= 400)
      throw errorOf({ status, text: text(), retryAfterMs: retryAfter(headers['retry-after']) }, { method, url });
    // A login page answers 200 to everything: what was sent is not stored.
    if (method !== 'GET' && isHtml(bytes.toString('utf8', 0, 100)))
      throw new MlflowError(
        `${url.origin} answered ${method} ${url.pathname} with a web page; is it an MLflow tracking server, and are you logged in?`,
        { status },
      );
    return bytes;
  }

  private async reach(
    url: URL,
    call: { method: Call['method']; headers: Readonly<Record<string, string>>; body: unknown },
  ): Promise<{ status: number; headers: Dispatcher.ResponseData['headers']; bytes: Buffer }> {
    try {
      const { statusCode, headers, body } = await request(url, {
        ...call,
        dispatcher: this.agent,
        signal: this.options.signal ?? null,
        body: call.body as Dispatcher.DispatchOptions['body'] & null,
      });
      return { status: statusCode, headers, bytes: await readAll(body) };
    } catch (cause) {
      if (cause instanceof MlflowError) throw cause;
      throw new MlflowError(`${url.origin} gave no answer: ${reasonOf(cause)}`, { retryable: true, cause });
    }
  }

  private urlOf({ path, query = {} }: Pick<Call, 'path' | 'query'>): URL {
    const { base } = this.connection;
    const url = new URL(`${base.origin}${base.pathname === '/' ? '' : base.pathname}${path}`);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, String(value));
    return url;
  }
}

/** True where the call surely did nothing: it never left, or was turned away. After a lost answer nobody knows. */
function wasNotDone({ status, cause }: MlflowError): boolean {
  return status === 429 || status === 503 || NEVER_SENT.has((cause as NodeJS.ErrnoException | undefined)?.code ?? '');
}

async function readAll(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of body) {
    length += part.length;
    if (length > LARGEST_ANSWER) throw new MlflowError(`the answer is longer than ${LARGEST_ANSWER} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function isHtml(text: string): boolean {
  return /^\s*<(!doctype|html)/i.test(text);
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === undefined ? message : code;
}
