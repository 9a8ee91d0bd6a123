import fs from 'node:fs';
import path from 'node:path';

/** One request to a real MLflow server (3.11) and what it answered. */
export interface Recording {
  readonly name: string;
  readonly shows: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: unknown;
    readonly body_raw?: string;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: unknown;
    readonly body_raw?: string;
    readonly body_base64?: string;
  };
}

const folder = path.join(process.env.KDLAB_GOLDEN ?? path.resolve(__dirname, '../../../shared/golden'), 'mlflow');

/** Options of a test that needs the recordings. */
export const recorded = fs.existsSync(folder) ? {} : { skip: `the recorded MLflow answers are not there: ${folder}` };

/** The recordings of one server in their order: `sqlite`, `filestore-server` or `basic-auth`. */
export function recordings(server: string): Recording[] {
  const at = path.join(folder, server);
  return fs
    .readdirSync(at)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({ ...(JSON.parse(fs.readFileSync(path.join(at, file), 'utf8')) as Recording), name: file }));
}

/** The bytes of a recorded answer; runs of equal characters, shortened in the file, at their full length. */
export function answerBytes({ body, body_raw, body_base64 }: Recording['response']): Buffer {
  if (body_base64 !== undefined) return Buffer.from(body_base64, 'base64');
  const text = body_raw ?? (body === undefined ? '' : JSON.stringify(body));
  return Buffer.from(text.replace(/<(.+?) x (\d+)>/g, (_, part: string, count) => part.repeat(Number(count))));
}
