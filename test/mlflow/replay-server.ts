import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { answerBytes, type Recording } from './recordings';

/**
 * Answers as a real server did: a request that was recorded gets the recorded answer, byte for byte, several equal ones
 * in their order and the last one again from then on. A request that was not recorded gets 599 and is kept in `strange`.
 */
export class ReplayServer {
  readonly strange: string[] = [];
  private readonly left: Recording[];
  private readonly last = new Map<string, Recording>();
  private readonly server = http.createServer((request, response) => void this.handle(request, response));

  constructor(recordings: readonly Recording[]) {
    this.left = [...recordings];
  }

  get uri(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async open(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const isJson = request.headers['content-type'] === 'application/json' && text !== '';
    const asked = requestKey(request.method!, request.url!);
    const body: unknown = isJson ? meaningful(JSON.parse(text)) : text;
    const found = this.take(asked, body);
    if (found === undefined) {
      this.strange.push(`${request.method} ${request.url} ${text.slice(0, 300)}`);
      response.writeHead(599).end('not recorded');
      return;
    }
    const { status, headers } = found.response;
    const { 'content-length': _, ...others } = headers;
    response.writeHead(status, others).end(answerBytes(found.response));
  }

  private take(asked: string, body: unknown): Recording | undefined {
    const name = `${asked} ${JSON.stringify(body)}`;
    const index = this.left.findIndex(
      ({ request }) =>
        requestKey(request.method, request.path) === asked &&
        isDeepStrictEqual(meaningful(request.body ?? request.body_raw ?? ''), body),
    );
    if (index < 0) return this.last.get(name);
    const [found] = this.left.splice(index, 1);
    this.last.set(name, found!);
    return found;
  }
}

/** Method, path and query in an order of their own. The size of a page does not count, but that there is one. */
function requestKey(method: string, address: string): string {
  const { pathname, searchParams } = new URL(address, 'http://any');
  if (searchParams.has('max_results')) searchParams.set('max_results', 'any');
  searchParams.sort();
  return `${method} ${decodeURI(pathname)}?${searchParams}`;
}

/** What counts in a body: empty lists are as if they were not there, and the size of a page may differ. */
function meaningful(body: unknown): unknown {
  if (Array.isArray(body)) return body.map(meaningful);
  if (typeof body !== 'object' || body === null) return body;
  const entries = Object.entries(body).filter(
    ([key, value]) => key !== 'max_results' && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(entries.map(([key, value]) => [key, meaningful(value)]));
}
