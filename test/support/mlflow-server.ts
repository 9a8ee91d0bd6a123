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

/** A real MLflow server on a free port, with an SQLite store and proxied artifacts in a temporary folder. */
export async function startMlflow(executable: string): Promise<{ uri: string; stop: () => Promise<void> }> {
  const folder = temporaryFolder('mlflow');
  const port = await freePort();
  const store = `sqlite:///${path.join(folder, 'mlflow.db')}`;
  const destination = path.join(folder, 'artifacts');
  const log = fs.openSync(path.join(folder, 'server.log'), 'w');
  const child = spawn(
    executable,
    ['server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1']
      .concat('--backend-store-uri', store)
      .concat('--artifacts-destination', destination),
    { cwd: folder, detached: true, stdio: ['ignore', log, log] },
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
