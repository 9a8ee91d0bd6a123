import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { gpuMetrics, SystemMetrics } from '../../src/track/system-metrics';
import { SystemMonitor } from '../../src/track/system-monitor';
import { metricsOf, temporaryFolder } from '../support/kdlab';

const folder = temporaryFolder('system');
after(() => fs.rmSync(folder, { recursive: true }));

/** An `nvidia-smi` first on the PATH that prints these lines. */
async function withNvidiaSmi(lines: string, use: () => Promise<void>): Promise<void> {
  const { PATH } = process.env;
  fs.writeFileSync(path.join(folder, 'nvidia-smi'), `#!/bin/sh\nprintf '${lines}'\n`, { mode: 0o755 });
  process.env.PATH = `${folder}${path.delimiter}${PATH}`;
  try {
    await use();
  } finally {
    process.env.PATH = PATH;
  }
}

test('CPU and memory are shares of the machine', async () => {
  const metrics = new SystemMetrics();
  for (const began = performance.now(); performance.now() - began < 60; ) Math.sqrt(began);
  const sample = await metrics.sample();
  for (const name of ['cpu_utilization_percentage', 'system_memory_usage_percentage'])
    assert.ok(sample[name]! > 0 && sample[name]! <= 100, `${name} is ${sample[name]}`);
  assert.ok(sample.system_memory_usage_megabytes! > 50);
});

test('GPUs are read as MLflow names them; what a card does not tell is left out', async () => {
  assert.deepEqual(gpuMetrics('0, 37, 1000, 80000, 250.55\n1, [N/A], 0, 80000, [Not Supported]\n'), {
    gpu_0_utilization_percentage: 37,
    gpu_0_memory_usage_megabytes: 1048.6,
    gpu_0_memory_usage_percentage: 1.3,
    gpu_0_power_usage_watts: 250.6,
    gpu_1_memory_usage_megabytes: 0,
    gpu_1_memory_usage_percentage: 0,
  });
  assert.deepEqual(gpuMetrics('No devices were found\n'), {});
  await withNvidiaSmi('0, 5, 10, 100, 20\\n', async () => {
    assert.equal((await new SystemMetrics().sample()).gpu_0_utilization_percentage, 5);
  });
});

test('a monitor writes samples, and goes on counting where an earlier session stopped', async () => {
  const file = path.join(folder, 'system.jsonl');
  const samples = () => fs.readFileSync(file, 'utf8').split('\n').length - 1;
  for (let session = 1; session <= 2; session++) {
    const before = fs.existsSync(file) ? samples() : 0;
    const monitor = new SystemMonitor({ file, everyMs: 10 });
    while (samples() < before + 2) await pause(10);
    monitor.stop();
    monitor.stop();
  }
  const count = samples();
  fs.renameSync(file, path.join(folder, 'metrics.jsonl'));
  const cpu = [...metricsOf(folder).keys()].filter((key) => key.endsWith('system/cpu_utilization_percentage'));
  assert.deepEqual(
    cpu.map((key) => Number(key.split(' ')[0])),
    [...Array(count).keys()],
  );
});
