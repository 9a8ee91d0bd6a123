import assert from 'node:assert/strict';
import fs from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { kdlab, start, temporaryFolder } from '../support/kdlab';

const timeout = 120_000;
const folder = temporaryFolder('cli-mlflow');
after(() => fs.rmSync(folder, { recursive: true }));

/** An executable that answers `/version` as MLflow does, on the port it is told, and writes down what it was told. */
const standIn = path.join(folder, 'mlflow');
fs.writeFileSync(
  standIn,
  `#!${process.execPath}
const args = process.argv.slice(2);
require('node:fs').writeFileSync(${JSON.stringify(path.join(folder, 'args.json'))}, JSON.stringify(args));
require('node:http').createServer((_, response) => response.end('3.17.2')).listen(args[args.indexOf('--port') + 1], '127.0.0.1');
`,
  { mode: 0o755 },
);

test('a server runs until Ctrl-C, and the runs of its folder find it as long', { timeout }, async () => {
  const cwd = path.join(folder, 'project');
  fs.mkdirSync(cwd);
  const port = await freePort();
  const env = { KDLAB_MLFLOW: standIn };
  const { child, ended } = start(['mlflow', '--port', String(port)], { cwd, env });
  const known = path.join(cwd, '.kdlab/mlflow.json');
  while (!fs.existsSync(known)) await pause(20);
  const { MLFLOW_TRACKING_URI: _, ...environment } = process.env;
  const doctor = start(['doctor', '--json'], { cwd, env: { ...environment, MLFLOW_TRACKING_URI: undefined } }).ended;
  const second = kdlab(['mlflow', '--port', String(port)], { cwd, env });
  assert.match((await doctor).stdout, new RegExp(`http://127\\.0\\.0\\.1:${port}, MLflow 3\\.17\\.2`));
  assert.match((await second).stderr, /runs already at http/);
  child.kill('SIGINT');
  const { code, stdout } = await ended;
  assert.equal(code, 0);
  assert.match(stdout, new RegExp(`export MLFLOW_TRACKING_URI=http://127\\.0\\.0\\.1:${port}\n`));
  assert.equal(fs.existsSync(known), false);
  const args = JSON.parse(fs.readFileSync(path.join(folder, 'args.json'), 'utf8')) as string[];
  assert.ok(args.includes(`sqlite:///${path.join(cwd, '.kdlab/mlflow.db')}`), args.join(' '));
  assert.equal(fs.readFileSync(path.join(cwd, '.kdlab/.gitignore'), 'utf8'), '*\n');
});

test('without MLflow one line says how to get it; a taken port and a server that fails are said', {
  timeout,
}, async () => {
  const none = kdlab(['mlflow'], { cwd: folder, env: { KDLAB_MLFLOW: '', PATH: '/nowhere' } });
  const holder = net.createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const { port } = holder.address() as AddressInfo;
  const taken = await kdlab(['mlflow', '--port', String(port)], { cwd: folder, env: { KDLAB_MLFLOW: standIn } });
  holder.close();
  assert.match(taken.stderr, new RegExp(`port ${port} is taken`));
  const failing = path.join(folder, 'failing');
  fs.writeFileSync(failing, '#!/bin/sh\necho no such database\nexit 3\n', { mode: 0o755 });
  const failed = await kdlab(['mlflow', '--port', String(port)], { cwd: folder, env: { KDLAB_MLFLOW: failing } });
  assert.match(failed.stderr, /ended by itself[\s\S]*no such database/);
  const { code, stderr } = await none;
  assert.equal(code, 1);
  assert.equal(stderr.trim().split('\n').length, 1);
  assert.match(stderr, /pip install mlflow/);
});

async function freePort(): Promise<number> {
  const probe = net.createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
