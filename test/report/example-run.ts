import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Interval, ModelResult, Results } from '../../src/core/results';
import { Rng } from '../../src/math/rng';
import type { MetricLine, RunRecord } from '../../src/run/record';

const interval = (mean: number, low: number, high: number, method: Interval['method'] = 'bootstrap'): Interval => ({
  mean,
  low,
  high,
  n: 100,
  method,
});

const teacher: ModelResult = {
  role: 'teacher',
  name: 'mlp-64-64',
  description: 'MLP 4-64-64 with policy and value heads, trained with PPO',
  parameters: 4610,
  bytes: 18_440,
  multiplyAdds: 4544,
  latency: { p50: 0.214, p95: 0.391 },
  metrics: { return: interval(493.4, 488.2, 497.6), episodeLength: interval(493.4, 488.2, 497.6) },
  budget: { environmentSteps: 150_000, updates: 5860 },
};

export const results: Results = {
  headline:
    'A student with 1/21.3 of the parameters keeps 98 % of the teacher’s return: 483.2 [470.1, 495.0] against 493.4; trained alone it reaches 211.9.',
  primaryMetric: 'return',
  higherIsBetter: true,
  models: [
    teacher,
    {
      ...teacher,
      role: 'student',
      name: 'mlp-24',
      description: 'MLP 4-24-2, distilled at T = 2 from the teacher’s logits',
      parameters: 216,
      bytes: 864,
      multiplyAdds: 190,
      latency: { p50: 0.102, p95: 0.188 },
      metrics: { return: interval(483.2, 470.1, 495.0), episodeLength: interval(483.2, 470.1, 495) },
      fidelity: {
        agreement: interval(0.9712, 0.9643, 0.9769, 'wilson'),
        klToTeacher: interval(0.0412, 0.0371, 0.0455),
      },
      budget: { environmentSteps: 60_000, updates: 1200 },
    },
    {
      ...teacher,
      role: 'baseline',
      name: 'mlp-24 alone',
      description: 'The same network trained with PPO and no teacher',
      parameters: 216,
      bytes: 864,
      multiplyAdds: 190,
      latency: { p50: 0.101, p95: 0.19 },
      metrics: { return: interval(211.9, 190.3, 234.8), episodeLength: interval(211.9, 190.3, 234.8) },
      fidelity: { agreement: interval(0.7231, 0.704, 0.7414, 'wilson'), klToTeacher: interval(1.312, 1.22, 1.41) },
      budget: { environmentSteps: 60_000, updates: 2340 },
    },
  ],
  claims: [
    { claim: 'The teacher reaches a mean return of 475 over 100 episodes', found: '493.4 [488.2, 497.6]', met: true },
    { claim: 'The student has at most 1/20 of the teacher’s parameters', found: '216 of 4,610, 1/21.3', met: true },
    { claim: 'The student runs three times as fast', found: '0.102 ms against 0.214 ms, 2.1 times', met: false },
  ],
  notes: [
    'Intervals cover the randomness of evaluation episodes, not of training: one seed was trained.',
    'Latency was measured on the WebAssembly engine with one thread.',
  ],
};

export const record: RunRecord = {
  schema: 1,
  id: 'cartpole-s1-3fa94c02',
  experiment: 'policy-distillation',
  name: 'CartPole policy distillation',
  description: 'A PPO teacher on CartPole-v1 is distilled into a student with a twentieth of its parameters.',
  configHash: '3fa94c02b7d1e6a8f0c5b9d4e2a7138866f1d0c4b3a29587e6d5c4b3a2918070',
  seed: 1,
  status: 'FINISHED',
  startedAt: Date.UTC(2025, 0, 31, 13, 5, 9),
  endedAt: Date.UTC(2025, 0, 31, 13, 6, 20),
  seconds: 71.3,
  sessions: [{ startedAt: Date.UTC(2025, 0, 31, 13, 5, 9), command: 'kdlab run experiments/cartpole.yaml --seed 1' }],
  config: {
    experiment: 'policy-distillation',
    seed: 1,
    student: { hidden: [24] },
    objective: { name: 'kd', temperature: 2 },
  },
  engine: { name: 'wasm', reason: 'fastest for small models on this machine', threads: 1 },
  versions: { kdlab: '0.1.0', node: '20.18.0', tfjs: '4.22.0' },
  git: { commit: 'd3964e3f0a1b2c3d4e5f60718293a4b5c6d7e8f9', branch: 'main', dirty: true },
  hardware: { cpu: 'Example CPU at 3.0 GHz', cores: 2, memoryGiB: 7.8, os: 'Linux 6.1 x64' },
  user: 'researcher',
  datasets: [
    {
      name: 'dagger states',
      digest: 'sha256-9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab',
      source: 'CartPole-v1 simulator',
    },
  ],
  results,
};

/** Noisy losses that fall by decades, returns that rise, a learning rate that decays, NaN now and then. */
export function metricLines({ steps = 1500 } = {}): MetricLine[] {
  const lines: MetricLine[] = [];
  for (const stage of ['teacher', 'student', 'baseline']) {
    const noise = Rng.root(3)
      .split(stage)
      .normal(steps * 2);
    for (let i = 0; i < steps; i++) {
      const done = i / steps;
      const metrics: Record<string, MetricLine['metrics'][string]> = {
        loss:
          i % 400 === 7
            ? 'NaN'
            : (stage === 'student' ? 1.4 * Math.exp(-6 * done) : 40 * Math.exp(-3 * done)) * Math.exp(0.35 * noise[i]!),
        gradientNorm: Math.exp(0.4 * noise[steps + i]! - done),
        learningRate: 3e-3 * (1 - done) + 1e-5,
      };
      if (i % 75 === 74) {
        const ceiling = stage === 'baseline' ? 220 : 495;
        metrics.return = Math.min(500, 10 + ceiling * (1 - Math.exp(-5 * done)) + 12 * noise[i]!);
      }
      if (stage === 'teacher') metrics.entropy = 0.69 * Math.exp(-2 * done) + 0.02 * noise[i]!;
      if (stage !== 'teacher') metrics.agreement = 0.5 + 0.47 * (1 - Math.exp(-4 * done)) + 0.01 * noise[steps + i]!;
      lines.push({
        t: record.startedAt + i * 20,
        step: (i + 1) * 10,
        metrics: Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`${stage}/${name}`, value])),
      });
    }
  }
  return lines;
}

/** Writes a run folder below a temporary folder that goes when the tests end. */
export function writeRun(run: RunRecord, lines: readonly (MetricLine | string)[] = metricLines()): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kdlab-report-'));
  // Not `after`: called inside a `before` hook it would fire when that hook ends.
  process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  fs.writeFileSync(path.join(folder, 'run.json'), JSON.stringify(run));
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
  fs.writeFileSync(path.join(folder, 'metrics.jsonl'), text.map((line) => `${line}\n`).join(''));
  return folder;
}
