import { execFile } from 'node:child_process';
import os from 'node:os';
import { promisify } from 'node:util';
import type { Metrics } from '../core/types';

/** How long `nvidia-smi` may take; with many GPUs in use it needs seconds. */
const NVIDIA_SMI_MS = 5000;
const FIELDS = ['index', 'utilization.gpu', 'memory.used', 'memory.total', 'power.draw'] as const;
const MEBIBYTE = 1024 * 1024;

/**
 * Samples of what the machine does, under the names that MLflow's own client gives them (`cpu_utilization_percentage`,
 * `gpu_0_memory_usage_megabytes`; a megabyte is 10^6 bytes), so that its user interface shows them as system metrics.
 */
export class SystemMetrics {
  private before = cpuTimes();
  /** False once `nvidia-smi` failed: there is no GPU, and asking again would cost. */
  private hasGpu = true;

  /** CPU use is that since the last sample, of the whole machine. Never throws. */
  async sample(): Promise<Metrics> {
    const now = cpuTimes();
    const total = now.total - this.before.total;
    const busy = total > 0 ? 1 - (now.idle - this.before.idle) / total : 0;
    this.before = now;
    const used = os.totalmem() - os.freemem();
    return {
      cpu_utilization_percentage: rounded(100 * busy),
      system_memory_usage_megabytes: rounded(used / 1e6),
      system_memory_usage_percentage: rounded((100 * used) / os.totalmem()),
      ...(await this.gpus()),
    };
  }

  private async gpus(): Promise<Metrics> {
    if (!this.hasGpu) return {};
    try {
      const query = [`--query-gpu=${FIELDS.join(',')}`, '--format=csv,noheader,nounits'];
      const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: NVIDIA_SMI_MS });
      return gpuMetrics(stdout);
    } catch {
      this.hasGpu = false;
      return {};
    }
  }
}

/** Reads `nvidia-smi`'s lines of `index, %, MiB, MiB, W`; what a card does not tell (`[N/A]`) is left out. */
export function gpuMetrics(csv: string): Metrics {
  const metrics: Record<string, number> = {};
  for (const line of csv.split('\n').filter((text) => text.trim() !== '')) {
    const [index = Number.NaN, utilization, used = Number.NaN, total = Number.NaN, watts] = line.split(',').map(Number);
    if (!Number.isInteger(index)) continue;
    const values = {
      utilization_percentage: utilization,
      memory_usage_megabytes: (used * MEBIBYTE) / 1e6,
      memory_usage_percentage: (100 * used) / total,
      power_usage_watts: watts,
    };
    for (const [name, value] of Object.entries(values))
      if (value !== undefined && Number.isFinite(value)) metrics[`gpu_${index}_${name}`] = rounded(value);
  }
  return metrics;
}

function cpuTimes(): { idle: number; total: number } {
  let [idle, total] = [0, 0];
  for (const { times } of os.cpus()) {
    idle += times.idle;
    total += times.user + times.nice + times.sys + times.idle + times.irq;
  }
  return { idle, total };
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
