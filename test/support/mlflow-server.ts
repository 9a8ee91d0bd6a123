import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { temporaryFolder } from './kdlab';

/** How long a real server may take to answer for the first time: it makes its database first. */
const START_MS = 120_000;

/** The `mlflow` executable to test against (KDLAB_MLFLOW), or why there is none. */
export function liveMlflow(): { executable: string } | { skip: string } {
  const executable = process.env.KDLAB_MLFLOW;
  if (executable !== undefined && executable !== '') return { executable };
  if (process.env.KDLAB_REQUIRE_LIVE === '1')
    throw new Error('KDLAB_REQUIRE_LIVE is 1, but KDLAB_MLFLOW does not name an mlflow executable');
  return { skip: 'KDLAB_MLFLOW names no mlflow executable' };
}

/** The administrator of a server with basic authentication. */
export const ADMIN = { username: 'admin', password: 'only-for-this-test' } as const;

export interface LiveServer {
  readonly uri: string;
  readonly stop: () => Promise<void>;
}

/**
 * A real MLflow server on a free port, with an SQLite store in a temporary folder; artifacts by its proxy, or in a
 * shared folder of this machine; open, or with basic authentication.
 */
export async function startMlflow(
  executable: string,
  {
    auth = false,
    shared = false,
    destination: given,
    env = {},
  }: {
    readonly auth?: boolean;
    readonly shared?: boolean;
    /** Where its proxy keeps artifacts, such as s3://bucket. */
    readonly destination?: string;
    readonly env?: NodeJS.ProcessEnv;
  } = {},
): Promise<LiveServer> {
  const folder = temporaryFolder('mlflow');
  const port = await freePort();
  const store = `sqlite:///${path.join(folder, 'mlflow.db')}`;
  const destination = given ?? path.join(folder, 'artifacts');
  const config = path.join(folder, 'auth.ini');
  const { username, password } = ADMIN;
  fs.writeFileSync(
    config,
    `[mlflow]\ndefault_permission = READ\ndatabase_uri = sqlite:///${path.join(folder, 'auth.db')}\n` +
      `admin_username = ${username}\nadmin_password = ${password}\n` +
      'authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n',
  );
  const log = fs.openSync(path.join(folder, 'server.log'), 'w');
  const child = spawn(
    executable,
    ['server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1']
      .concat('--backend-store-uri', store)
      .concat(shared ? ['--no-serve-artifacts', '--default-artifact-root', destination] : [])
      .concat(shared ? [] : ['--artifacts-destination', destination])
      .concat(auth ? ['--app-name', 'basic-auth'] : []),
    {
      cwd: folder,
      detached: true,
      stdio: ['ignore', log, log],
      env: {
        ...process.env,
        // Its job queue would start a dozen processes that nothing here needs.
        MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
        MLFLOW_AUTH_CONFIG_PATH: config,
        MLFLOW_FLASK_SERVER_SECRET_KEY: 'only-for-this-test',
        ...env,
      },
    },
  );
  const ended = new Promise((resolve) => child.once('close', resolve).once('error', resolve));
  fs.closeSync(log);
  const stop = async (): Promise<void> => {
    endGroup(child);
    await ended;
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const uri = `http://127.0.0.1:${port}`;
  for (const deadline = Date.now() + START_MS; Date.now() < deadline; await pause(200)) {
    if (child.exitCode !== null || child.pid === undefined) break;
    const healthy = await fetch(`${uri}/health`).catch(() => undefined);
    if (healthy?.ok === true) return { uri, stop };
  }
  const said = fs.readFileSync(path.join(folder, 'server.log'), 'utf8').slice(-2000);
  await stop();
  throw new Error(`${executable} did not start a server: ${said}`);
}

/** The server starts workers of its own: the whole group goes. */
function endGroup({ pid, exitCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended in this moment.
  }
}

async function freePort(): Promise<number> {
  const probe = net.createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** A local S3 (moto) with one bucket, from the same virtual environment as `mlflow`; the environment that reaches it. */
export async function startS3(executable: string, bucket: string): Promise<LiveServer & { env: NodeJS.ProcessEnv }> {
  const port = await freePort();
  const child = spawn(path.join(path.dirname(executable), 'moto_server'), ['-H', '127.0.0.1', '-p', String(port)], {
    detached: true,
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => child.once('close', resolve).once('error', resolve));
  const stop = async (): Promise<void> => {
    endGroup(child);
    await ended;
  };
  const uri = `http://127.0.0.1:${port}`;
  for (const deadline = Date.now() + START_MS; Date.now() < deadline; await pause(200)) {
    const made = await fetch(`${uri}/${bucket}`, { method: 'PUT' }).catch(() => undefined);
    if (made?.ok !== true) continue;
    const keys = { AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any', AWS_DEFAULT_REGION: 'us-east-1' };
    return { uri, stop, env: { ...keys, MLFLOW_S3_ENDPOINT_URL: uri } };
  }
  await stop();
  throw new Error('moto_server did not start');
}
