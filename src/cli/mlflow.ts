import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { KdlabError } from '../core/errors';
import { writeWhole } from '../core/files';
import { MlflowClient } from '../mlflow';
import { type LocalServer, localServer, localServerFile } from '../run/tracking';

/** A server makes its database before it answers for the first time. */
const START_MS = 120_000;

/**
 * `kdlab mlflow`: runs an MLflow server on this machine until Ctrl-C, with its database and artifacts in `.kdlab` below
 * the working folder. Runs of this folder find it by `.kdlab/mlflow.json`, which is there as long as the server is.
 */
export async function mlflow({ port = 5000 }: { readonly port?: number }): Promise<void> {
  const executable = findMlflow();
  if (executable === undefined)
    throw new KdlabError(
      'MLflow is not installed; "pip install mlflow" gets it, or name its executable in KDLAB_MLFLOW',
      { exitCode: 1 },
    );
  const running = localServer();
  if (running !== undefined)
    throw new KdlabError(`a server of this folder runs already at ${running.uri} (process ${running.pid})`, {
      exitCode: 1,
    });
  if (!(await isFree(port)))
    throw new KdlabError(`port ${port} is taken on this machine; choose another: kdlab mlflow --port ${port + 1}`, {
      exitCode: 1,
    });
  await serve(executable, { uri: `http://127.0.0.1:${port}`, pid: process.pid }, port);
}

/** KDLAB_MLFLOW, or `mlflow` on the PATH. */
export function findMlflow(): string | undefined {
  const { KDLAB_MLFLOW, PATH = '' } = process.env;
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const places = PATH.split(path.delimiter).map((folder) => path.join(folder, `mlflow${suffix}`));
  return (KDLAB_MLFLOW ? [KDLAB_MLFLOW] : places).find((file) => fs.existsSync(file));
}

async function serve(executable: string, server: LocalServer, port: number): Promise<void> {
  const file = localServerFile();
  const folder = path.dirname(file);
  fs.mkdirSync(folder, { recursive: true });
  // What lies here is of this machine, not of the project.
  fs.writeFileSync(path.join(folder, '.gitignore'), '*\n');
  const log = path.join(folder, 'mlflow.log');
  const fd = fs.openSync(log, 'a');
  const child = spawn(
    executable,
    ['server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1']
      .concat('--backend-store-uri', `sqlite:///${path.join(folder, 'mlflow.db')}`)
      .concat('--artifacts-destination', path.join(folder, 'mlflow-artifacts')),
    // A group of its own: the server starts workers, and all must go together.
    { cwd: folder, detached: true, stdio: ['ignore', fd, fd] },
  );
  fs.closeSync(fd);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()).once('error', () => resolve()));
  let stopping = false;
  const stop = (): void => {
    stopping = true;
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    } catch {
      // It ended by itself.
    }
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    const version = await answering(server.uri, () => stopping || child.exitCode !== null || child.pid === undefined);
    if (version !== undefined) {
      writeWhole(file, `${JSON.stringify(server)}\n`);
      process.stdout.write(message(server.uri, version, folder));
      await ended;
    }
    if (!stopping) {
      const said = fs.readFileSync(log, 'utf8').trim().split('\n').slice(-5).join('\n');
      throw new KdlabError(`${executable} ended by itself; the end of ${log}:\n${said}`, { exitCode: 1 });
    }
  } finally {
    stop();
    fs.rmSync(file, { force: true });
    await ended;
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

function message(uri: string, version: string, folder: string): string {
  return (
    `MLflow ${version} at ${uri}, data in ${folder}\n` +
    'Runs started in this folder are mirrored to it while it runs. From elsewhere:\n' +
    `  export MLFLOW_TRACKING_URI=${uri}\n` +
    'Runs that are there already: kdlab sync\nCtrl-C stops the server.\n'
  );
}

/** The version of the server once it answers; undefined where `over` says first that it never will. */
async function answering(uri: string, over: () => boolean): Promise<string | undefined> {
  const client = new MlflowClient({ uri, maxRetries: 0, timeoutMs: 2000, env: {} });
  try {
    for (const deadline = Date.now() + START_MS; Date.now() < deadline && !over(); await pause(200))
      try {
        return await client.serverVersion();
      } catch {
        // Not yet.
      }
    return undefined;
  } finally {
    await client.close();
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = net.createServer();
  const free = await new Promise<boolean>((resolve) => {
    probe.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
  });
  if (free) await new Promise((resolve) => probe.close(resolve));
  return free;
}
