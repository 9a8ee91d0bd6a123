import fs from 'node:fs';
import path from 'node:path';
import type { Metrics } from '../../src/core/types';
import { RunFolder } from '../../src/run/folder';
import type { RunRecord } from '../../src/run/record';
import { Journal } from '../../src/track/journal';
import { temporaryFolder } from '../support/kdlab';

/** A run record with every optional part that a server is told of. */
export const record: RunRecord = {
  schema: 1,
  id: 'example-s3-0123abcd',
  experiment: 'supervised',
  name: 'example',
  description: 'What it shows.',
  configHash: '0123abcd'.repeat(8),
  seed: 3,
  status: 'RUNNING',
  startedAt: 1_700_000_000_000,
  seconds: 1.5,
  sessions: [{ startedAt: 1_700_000_000_000, command: 'kdlab run example --seed 3' }],
  config: {
    experiment: 'supervised',
    name: 'example',
    seed: 3,
    description: 'What it shows.',
    student: { model: { mlp: { hidden: [8, 4] } }, epochs: 2 },
  },
  engine: { name: 'wasm', reason: 'no native engine', threads: 1 },
  versions: { kdlab: '0.1.0', node: '20.18.0', tfjs: '4.22.0' },
  git: { commit: 'f'.repeat(40), branch: 'main', dirty: false },
  hardware: { cpu: 'any', cores: 2, memoryGiB: 4, os: 'Linux' },
  user: 'ada',
  datasets: [{ name: 'shapes', digest: 'ab'.repeat(32), source: 'generated', splitHash: 'cd'.repeat(32) }],
};

/** How the record ends after 2.5 s with one trained student. */
export const finished: Partial<RunRecord> = {
  status: 'FINISHED',
  endedAt: 1_700_000_002_500,
  results: {
    headline: 'Fine.',
    primaryMetric: 'testError',
    higherIsBetter: false,
    models: [
      {
        role: 'student',
        name: 'small',
        description: '',
        parameters: 10,
        bytes: 40,
        multiplyAdds: 8,
        latency: { p50: 1, p95: 2 },
        metrics: { testError: { mean: 0.25, low: 0.2, high: 0.3, n: 100, method: 'wilson' } },
        fidelity: { agreement: { mean: 0.75, low: 0.7, high: 0.8, n: 100, method: 'wilson' } },
      },
    ],
    claims: [],
    notes: [],
  },
};

/** A run folder under the control of a test, written as a run writes it. */
export class RunOnDisk {
  readonly folder = new RunFolder(temporaryFolder('mirror'));
  readonly journal: Journal;

  constructor() {
    this.set({});
    this.journal = new Journal(this.folder.metricsFile);
    this.artifact('config.yaml', 'seed: 3\n');
  }

  set(changes: Partial<RunRecord>): void {
    this.folder.write({ ...record, ...changes });
  }

  artifact(name: string, content: string): void {
    fs.mkdirSync(path.dirname(this.folder.artifact(name)), { recursive: true });
    fs.writeFileSync(this.folder.artifact(name), content);
  }

  /** Journals `values` from `first` on, a step each. */
  log(values: Metrics, first: number, count = 1): void {
    for (let step = first; step < first + count; step++) this.journal.append('student', step, values);
  }

  remove(): void {
    this.journal.close();
    fs.rmSync(this.folder.path, { recursive: true });
  }
}
