import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StoredPoint {
  readonly key: string;
  readonly value: number | string;
  readonly timestamp: number;
  readonly step: number;
}

export interface StoredRun {
  readonly id: string;
  readonly experimentId: string;
  readonly startTime: number;
  name: string;
  status: string;
  endTime?: number;
  lifecycle: 'active' | 'deleted';
  /** As an SQL store keeps them: an exact repetition adds nothing. */
  readonly metrics: StoredPoint[];
  readonly rows: Set<string>;
  readonly params: Record<string, string>;
  readonly tags: Record<string, string>;
  readonly artifacts: Map<string, Buffer>;
  inputs: { dataset: { name: string; digest: string; source_type: string; source: string } }[];
}

type Body = Record<string, unknown>;
interface Pair {
  key: string;
  value: string;
}

/** What a request is answered with instead of the usual: a status, no answer ever, a closed connection. */
export type Trouble =
  | { status: number; code: string; headers?: Record<string, string> }
  /** Any bytes, as a server of another kind answers. */
  | { status: number; text: string; headers?: Record<string, string> }
  | 'hang'
  | 'reset'
  | undefined;

/**
 * A stand-in for an MLflow server with the behaviour recorded from a real one on SQL: batches are stored whole or not
 * at all, parameters never change, exact repetitions of a point add nothing, artifacts are overwritten.
 */
export class FakeMlflow {
  readonly runs = new Map<string, StoredRun>();
  readonly requests: string[] = [];
  /** The Authorization header of the last request. */
  authorization: string | undefined;
  /** Asked before every request with `METHOD path` and the JSON body. */
  trouble: (request: string, body: Body) => Trouble = () => undefined;
  /** Asked after a request was carried out: true closes the connection without an answer. */
  loseAnswer: (request: string) => boolean = () => false;
  private readonly experiments = new Map<string, string>();
  private server: http.Server | undefined;
  private port = 0;

  get uri(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Listens, again on the port it had before. */
  async open(): Promise<this> {
    const server = http.createServer((request, response) => void this.handle(request, response));
    this.server = server;
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    return this;
  }

  /** Dies: open connections are cut and new ones refused. What it stored stays. */
  async close(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    this.server = undefined;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  /** Metric values by step and name, as `metricsOf` reads them from a run folder; without the final results. */
  metricsOf(run: StoredRun): Map<string, unknown> {
    const out = new Map<string, unknown>();
    for (const { key, value, step } of run.metrics) {
      if (key.startsWith('final/')) continue;
      if (out.has(`${step} ${key}`)) throw new Error(`${key} at step ${step} is stored twice`);
      out.set(`${step} ${key}`, value);
    }
    return out;
  }

  onlyRun(): StoredRun {
    if (this.runs.size !== 1) throw new Error(`expected one run on the server, found ${this.runs.size}`);
    return [...this.runs.values()][0]!;
  }

  private async handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const bytes = Buffer.concat(chunks);
    const url = new URL(request.url!, this.uri);
    const name = `${request.method} ${url.pathname.replace('/api/2.0/mlflow/', '')}`;
    const json = request.headers['content-type']?.startsWith('application/json') === true && bytes.length > 0;
    const body = json && !name.startsWith('PUT') ? (JSON.parse(bytes.toString()) as Body) : {};
    this.requests.push(name);
    this.authorization = request.headers.authorization;
    const trouble = this.trouble(name, body);
    if (trouble === 'hang') return;
    if (trouble === 'reset') return void request.socket.destroy();
    if (trouble !== undefined) {
      const made =
        'text' in trouble
          ? trouble.text
          : JSON.stringify({ error_code: trouble.code, message: 'trouble made by the test' });
      return void response.writeHead(trouble.status, trouble.headers).end(made);
    }
    const [status, answer] = this.answer(name, { ...Object.fromEntries(url.searchParams), ...body }, bytes);
    if (this.loseAnswer(name)) return void request.socket.destroy();
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(Buffer.isBuffer(answer) ? answer : JSON.stringify(answer));
  }

  private answer(name: string, body: Body, bytes: Buffer): [number, unknown] {
    const run = this.runs.get(String(body.run_id));
    switch (name) {
      case 'GET experiments/get-by-name': {
        const found = this.experiments.get(String(body.experiment_name));
        return found === undefined ? missing() : [200, { experiment: experiment(found, String(body.experiment_name)) }];
      }
      case 'POST experiments/create': {
        if (this.experiments.has(String(body.name))) return refused('RESOURCE_ALREADY_EXISTS');
        this.experiments.set(String(body.name), String(this.experiments.size + 1));
        return [200, { experiment_id: this.experiments.get(String(body.name)) }];
      }
      case 'POST runs/create':
        return [200, { run: view(this.create(body)) }];
      case 'POST runs/search': {
        const value = /tags\.`kdlab\.runId` = '(.*)'/.exec(String(body.filter))?.[1];
        const found = [...this.runs.values()].filter(
          ({ experimentId, tags, lifecycle }) =>
            (body.experiment_ids as string[]).includes(experimentId) &&
            tags['kdlab.runId'] === value &&
            lifecycle === 'active',
        );
        return [200, found.length === 0 ? {} : { runs: found.map(view) }];
      }
    }
    if (name.includes('mlflow-artifacts/')) return this.artifact(name, bytes);
    if (run === undefined) return missing();
    switch (name) {
      case 'GET runs/get':
        return [200, { run: view(run) }];
      case 'GET metrics/get-history': {
        const metrics = run.metrics.filter(({ key }) => key === body.metric_key);
        return [200, metrics.length === 0 ? {} : { metrics }];
      }
      case 'POST runs/update':
        if (body.status !== undefined) run.status = String(body.status);
        if (body.end_time !== undefined) run.endTime = Number(body.end_time);
        return [200, { run_info: view(run).info }];
      case 'POST runs/log-batch':
        return this.logBatch(run, body);
      case 'POST runs/log-inputs':
        run.inputs = body.datasets as StoredRun['inputs'];
        return [200, {}];
    }
    return [404, { error_code: 'ENDPOINT_NOT_FOUND', message: name }];
  }

  private create(body: Body): StoredRun {
    const id = String(this.runs.size + 1).padStart(32, '0');
    const run: StoredRun = {
      id,
      experimentId: String(body.experiment_id),
      startTime: Number(body.start_time),
      name: String(body.run_name),
      status: 'RUNNING',
      lifecycle: 'active',
      metrics: [],
      rows: new Set(),
      params: {},
      tags: Object.fromEntries(((body.tags ?? []) as Pair[]).map(({ key, value }) => [key, value])),
      artifacts: new Map(),
      inputs: [],
    };
    this.runs.set(id, run);
    return run;
  }

  private logBatch(run: StoredRun, body: Body): [number, unknown] {
    const {
      metrics = [],
      params = [],
      tags = [],
    } = body as { metrics?: StoredPoint[]; params?: Pair[]; tags?: Pair[] };
    if (run.lifecycle === 'deleted') return refused('INVALID_PARAMETER_VALUE');
    if (metrics.length > 1000 || params.length > 100 || tags.length > 100) return refused('INVALID_PARAMETER_VALUE');
    const named = [...metrics, ...params, ...tags].every(({ key }) => /^[/\w.\- :]{1,250}$/u.test(key));
    const whole = metrics.every(({ timestamp, step }) => Number.isInteger(timestamp) && Number.isInteger(step));
    const numbers = metrics.every(({ value }) => typeof value === 'number' || /^(NaN|-?Infinity)$/.test(value));
    const unchanged = params.every(({ key, value }) => (run.params[key] ?? value) === value);
    if (!named || !whole || !numbers || !unchanged) return refused('INVALID_PARAMETER_VALUE');
    for (const point of metrics) {
      const row = `${point.key} ${point.value} ${point.timestamp} ${point.step}`;
      if (run.rows.has(row)) continue;
      run.rows.add(row);
      const infinite = typeof point.value === 'string' && point.value.endsWith('Infinity');
      const value = infinite ? Math.sign(Number(point.value)) * Number.MAX_VALUE : point.value;
      run.metrics.push({ ...point, value });
    }
    for (const { key, value } of params) run.params[key] = value;
    for (const { key, value } of tags) run.tags[key] = value;
    return [200, {}];
  }

  private artifact(name: string, bytes: Buffer): [number, unknown] {
    const [, verb, runId, file] =
      /^(\w+) .*mlflow-artifacts\/artifacts\/[^/]+\/([^/]+)\/artifacts\/(.+)$/.exec(name) ?? [];
    const run = this.runs.get(String(runId));
    if (run === undefined || file === undefined) return missing();
    const stored = run.artifacts.get(decodeURIComponent(file));
    if (verb === 'GET') return stored === undefined ? missing() : [200, stored];
    run.artifacts.set(decodeURIComponent(file), bytes);
    return [200, {}];
  }
}

function missing(): [number, unknown] {
  return [404, { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'not found' }];
}

function refused(code: string): [number, unknown] {
  return [400, { error_code: code, message: 'refused' }];
}

function experiment(id: string, name: string): Record<string, unknown> {
  return { experiment_id: id, name, artifact_location: `mlflow-artifacts:/${id}`, lifecycle_stage: 'active' };
}

function view(run: StoredRun): Record<'info' | 'data' | 'inputs', Record<string, unknown>> {
  const latest = new Map(run.metrics.map((point) => [point.key, point]));
  const pairs = (record: Record<string, string>) => Object.entries(record).map(([key, value]) => ({ key, value }));
  return {
    info: {
      run_id: run.id,
      run_uuid: run.id,
      run_name: run.name,
      experiment_id: run.experimentId,
      user_id: '',
      status: run.status,
      start_time: run.startTime,
      ...(run.endTime === undefined ? {} : { end_time: run.endTime }),
      artifact_uri: `mlflow-artifacts:/${run.experimentId}/${run.id}/artifacts`,
      lifecycle_stage: run.lifecycle,
    },
    data: { metrics: [...latest.values()], params: pairs(run.params), tags: pairs(run.tags) },
    inputs: { dataset_inputs: run.inputs },
  };
}
