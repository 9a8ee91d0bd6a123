import fs from 'node:fs';
import os from 'node:os';
import { messageOf } from '../core/errors';
import { unwritable } from '../core/files';
import { dataFolders } from '../data/folders';
import { listDatasets, verifyDataset } from '../data/registry';
import { selectEngine, TENSORFLOW_PACKAGES } from '../engine/engine';
import { cacheFolder, hardware, versions } from '../run/environment';
import { runsFolder } from '../run/execute';
import { recipesFolder } from '../run/package-root';
import { localServer } from '../run/tracking';
import { publicUri } from '../track/delivery-report';
import type { SharedOptions } from './options';

interface Finding {
  readonly what: string;
  readonly found: string;
  readonly ok: boolean;
  /** What to do about it, where something is missing. */
  readonly remedy?: string;
}

/** `kdlab doctor`: what this machine offers, what is missing, and what to do about each. */
export async function doctor(options: SharedOptions): Promise<void> {
  const findings = [
    node(),
    await engine(),
    tensorflow(),
    machine(),
    gpu(),
    await tracking(),
    ...data(options),
    ...places(options),
  ];
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ versions: versions(), hardware: hardware(), findings })}\n`);
    return;
  }
  for (const { what, found, ok, remedy } of findings)
    process.stdout.write(
      `${ok ? '✓' : '–'} ${what.padEnd(16)} ${found}\n${remedy === undefined ? '' : `${' '.repeat(19)}→ ${remedy}\n`}`,
    );
}

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > 20 || (major === 20 && minor >= 18);
  return { what: 'Node', found: process.versions.node, ok, ...(ok ? {} : { remedy: 'install Node 20.18 or newer' }) };
}

async function engine(): Promise<Finding> {
  try {
    const { name, reason, threads } = await selectEngine('auto');
    return { what: 'engine', found: `${name}: ${reason}; ${threads} thread${threads === 1 ? '' : 's'}`, ok: true };
  } catch (error) {
    return { what: 'engine', found: messageOf(error), ok: false, remedy: 'run with --engine cpu' };
  }
}

function tensorflow(): Finding {
  const installed = TENSORFLOW_PACKAGES.filter((name) => {
    try {
      require.resolve(name);
      return true;
    } catch {
      return false;
    }
  });
  return installed.length > 0
    ? { what: 'libtensorflow', found: installed.join(', '), ok: true }
    : {
        what: 'libtensorflow',
        found: 'not installed (optional)',
        ok: false,
        remedy: `npm i --no-save --ignore-scripts=false ${TENSORFLOW_PACKAGES[0]} (CUDA) or ${TENSORFLOW_PACKAGES[1]} (CPU)`,
      };
}

function machine(): Finding {
  const { cpu, cores, memoryGiB } = hardware();
  return { what: 'machine', found: `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${os.type()} ${os.arch()}`, ok: true };
}

function gpu(): Finding {
  const device = fs.existsSync('/proc/driver/nvidia/version') || fs.existsSync('/dev/nvidia0');
  return device
    ? { what: 'GPU', found: 'NVIDIA driver present', ok: true }
    : { what: 'GPU', found: 'none seen', ok: false, remedy: 'nothing to do: every recipe runs on the CPU' };
}

async function tracking(): Promise<Finding> {
  const uri = process.env.MLFLOW_TRACKING_URI ?? localServer()?.uri;
  if (uri === undefined || uri === '')
    return {
      what: 'tracking',
      found: 'run folders only',
      ok: true,
      remedy:
        'to mirror runs to an MLflow server, set MLFLOW_TRACKING_URI=http://host:port, or start one: kdlab mlflow',
    };
  try {
    const { MlflowClient } = await import('../mlflow');
    const version = await new MlflowClient({ uri, maxRetries: 0, timeoutMs: 5000 }).serverVersion();
    return { what: 'tracking', found: `${publicUri(uri)}, MLflow ${version}`, ok: true };
  } catch (error) {
    return {
      what: 'tracking',
      found: `${publicUri(uri)}: ${messageOf(error)}`,
      ok: false,
      remedy: 'runs are kept in their folders; deliver them later with "kdlab sync"',
    };
  }
}

function data(options: SharedOptions): Finding[] {
  const where = options.dataDir === undefined ? {} : { dataDir: options.dataDir };
  const folders: Finding = { what: 'data folders', found: dataFolders(where).join(', '), ok: true };
  const sets = listDatasets().map(({ name, bytes }): Finding => {
    const { ok } = verifyDataset(name, where);
    if (bytes === 0) return { what: `data: ${name}`, found: 'generated', ok };
    return {
      what: `data: ${name}`,
      found: ok ? 'present' : 'absent or incomplete',
      ok,
      ...(ok ? {} : { remedy: `kdlab datasets fetch ${name}` }),
    };
  });
  return [folders, ...sets];
}

function places(options: SharedOptions): Finding[] {
  const all = { 'runs folder': runsFolder(options.runsDir), 'cache folder': cacheFolder(), recipes: recipesFolder };
  return Object.entries(all).map(([what, folder]) => {
    const ok = what === 'recipes' ? fs.existsSync(folder) : unwritable(folder) === undefined;
    return {
      what,
      found: folder,
      ok,
      ...(ok ? {} : { remedy: `make ${folder} writable, or choose another with KDLAB_RUNS or XDG_CACHE_HOME` }),
    };
  });
}
