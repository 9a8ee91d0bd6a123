import { MlflowError } from './errors';
import type { Call, Http } from './http';

const API = '/api/2.0/mlflow';

type Query = Readonly<Record<string, string | number | undefined>>;

/** One page of a list, and the token of the next one. */
export interface Page<T> {
  readonly items: readonly T[] | undefined;
  readonly next: string | undefined;
}

/** The calls of MLflow's REST interface, version 2.0, by the name of the method. Throws MlflowError. */
export class Api {
  constructor(readonly http: Http) {}

  get<T>(method: string, query: Query = {}): Promise<T> {
    return this.http.json({ method: 'GET', path: `${API}/${method}`, query });
  }

  post<T>(method: string, json: unknown, options: Pick<Call, 'idempotent'> = {}): Promise<T> {
    return this.http.json({ method: 'POST', path: `${API}/${method}`, json, ...options });
  }

  /** The same with a body that is JSON text already. */
  postText<T>(method: string, text: string): Promise<T> {
    return this.http.json({ method: 'POST', path: `${API}/${method}`, text });
  }

  patch<T>(method: string, json: unknown): Promise<T> {
    return this.http.json({ method: 'PATCH', path: `${API}/${method}`, json });
  }

  delete<T>(method: string, json: unknown): Promise<T> {
    return this.http.json({ method: 'DELETE', path: `${API}/${method}`, json });
  }
}

/** Reads pages until there is no next one; a token that comes again would go on for ever. */
export async function allPages<T>(
  read: (pageToken: string | undefined) => Promise<Page<T>>,
  maxResults = Number.POSITIVE_INFINITY,
): Promise<T[]> {
  const all: T[] = [];
  const seen = new Set<string>();
  let token: string | undefined;
  for (;;) {
    const { items = [], next } = await read(token);
    for (const item of items) all.push(item);
    if (all.length >= maxResults) return all.slice(0, maxResults);
    if (next === undefined || next === '' || seen.has(next)) return all;
    seen.add(next);
    token = next;
  }
}

/** What the call gives, or undefined where the server says that there is no such thing. */
export async function orUndefined<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof MlflowError && error.code === 'RESOURCE_DOES_NOT_EXIST') return undefined;
    throw error;
  }
}

/** True for the error of creating what is there already. */
export function isTaken(error: unknown): error is MlflowError {
  return error instanceof MlflowError && error.code === 'RESOURCE_ALREADY_EXISTS';
}
