import { stringify } from 'yaml';
import { readConfig } from '../config/load';
import { selectEngine } from '../engine/engine';
import { assertWritable, buildPlan, runsFolder } from '../run/execute';
import { prepare } from '../run/prepare';
import { trackingTarget } from '../run/tracking';
import type { RunOptions } from './options';
import { configFile } from './recipes';
import { table } from './summary';

/** `kdlab check`: everything that would stop a run, found without training. */
export async function check(config: string, options: RunOptions): Promise<void> {
  const file = configFile(config);
  const runsDir = runsFolder(options.runsDir);
  assertWritable(runsDir);
  const prepared = prepare(readConfig(file, options), { runsDir, where: file });
  const engine = await selectEngine(prepared.base.engine);
  const plan = await buildPlan(prepared, {
    ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
    download: options.offline !== true,
    notify: () => undefined,
  });
  const tracking = trackingTarget(prepared.base);
  const state = prepared.folder.exists() ? prepared.folder.read().status : 'none yet';
  const stages = plan.stages.map(({ name, steps, learners, teachers, source }) => ({
    stage: name,
    steps,
    model: learners.map((learner) => learner.student.id).join(', '),
    parameters: learners.reduce((sum, learner) => sum + learner.student.cost.parameters, 0),
    objective: learners.map((learner) => learner.objective.name).join(', '),
    estimator: learners.map((learner) => learner.estimator.name).join(', '),
    sampling: source.sampling.kind,
    teachers: teachers.map((teacher) => teacher.id),
  }));
  const summary = {
    ok: true,
    file,
    runId: prepared.id,
    configHash: prepared.hash,
    existingRun: state,
    engine,
    tracking:
      tracking === undefined
        ? 'run folder only'
        : 'problem' in tracking
          ? tracking.problem
          : `${tracking.uri} (${tracking.experimentName})`,
    datasets: plan.datasets,
    stages,
    config: prepared.config,
  };
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(summary)}\n`);
    return;
  }
  const rows = stages.map((s) => [
    s.stage,
    String(s.steps),
    s.model,
    s.parameters.toLocaleString('en-US'),
    s.objective,
    s.estimator,
    s.sampling,
    s.teachers.join(', ') || '–',
  ]);
  process.stdout.write(
    `${file} is valid.\n\n${stringify(prepared.config)}\n` +
      `${table([['stage', 'steps', 'model', 'parameters', 'objective', 'estimator', 'sampling', 'teachers'], ...rows])}\n\n` +
      plan.datasets
        .map(({ name, digest, source }) => `data set ${name} from ${source}, digest ${digest.slice(0, 12)}\n`)
        .join('') +
      `run ${prepared.id} (${state}), engine ${engine.name} (${engine.reason}), tracking: ${summary.tracking}\n`,
  );
}
