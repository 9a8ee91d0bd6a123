import { Journal } from './journal';
import { SystemMetrics } from './system-metrics';

/**
 * Writes a sample of the machine's state to `system.jsonl` at intervals, beside the training and never waited for by
 * it. Samples are counted on over resuming, so that no step comes twice.
 */
export class SystemMonitor {
  private readonly metrics = new SystemMetrics();
  private readonly journal: Journal;
  private readonly timer: NodeJS.Timeout;
  private sampling = false;
  private stopped = false;

  /** Throws KdlabError where the file cannot be written. */
  constructor({ file, everyMs }: { readonly file: string; readonly everyMs: number }) {
    this.journal = new Journal(file);
    this.timer = setInterval(() => void this.sample(), everyMs);
    this.timer.unref();
  }

  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    clearInterval(this.timer);
    this.journal.close();
  }

  private async sample(): Promise<void> {
    if (this.sampling) return;
    this.sampling = true;
    const metrics = await this.metrics.sample();
    this.sampling = false;
    if (this.stopped) return;
    try {
      this.journal.append('system', this.journal.lines, metrics);
    } catch {
      // A full disk: the training will say so, and these samples are worth no alarm of their own.
      this.stop();
    }
  }
}
