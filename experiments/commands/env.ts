import type { EpisodeDifference } from '../../envs/trace/differences';
import { domainCommand } from '../../src/cli/domain-command';

/** `kdlab env list | wrappers | check | trace`. */
export default domainCommand({
  description: 'environments: list them, check them, replay recorded trajectories',
  register: (command) => {
    command
      .command('list')
      .description('environments by id, with their spaces and limits')
      .option('--json', 'print one JSON array')
      .action(list);
    command
      .command('wrappers')
      .description('what can be put around an environment in a configuration')
      .option('--json', 'print one JSON array')
      .action(wrappers);
    command
      .command('check')
      .description('check environments as strictly as Gymnasium’s check_env; exit code 1 where one fails')
      .argument('[ids...]', 'ids, or JSON such as {"id": "Pendulum-v1", "wrappers": ["frame-stack"]}; all without one')
      .option('--json', 'print one JSON array')
      .action(check);
    command
      .command('trace')
      .description('replay a recorded trajectory from its first states, actions and draws, and compare')
      .requiredOption('--trace <file>', 'a .json or .json.gz file')
      .option('--json', 'print what our dynamics compute, as one JSON object')
      .action(trace);
  },
});

interface Options {
  readonly json?: boolean;
}

const print = (value: object, text: string, { json }: Options) =>
  process.stdout.write(json === true ? `${JSON.stringify(value)}\n` : text);

async function list(options: Options): Promise<void> {
  const registry = await import('../../envs/registry');
  const all = registry.list().map(({ id, description }) => {
    const { observationSpace, numberedObservations, actionSpace, ...dynamics } = registry.dynamicsOf(id);
    return {
      id,
      description,
      observationSpace: String(numberedObservations ?? observationSpace),
      observationShape: observationSpace.shape,
      actionSpace: String(actionSpace),
      maxEpisodeSteps: dynamics.maxEpisodeSteps,
      rewardThreshold: dynamics.rewardThreshold ?? null,
      options: registry.optionsOf(id),
    };
  });
  const width = Math.max(...all.map(({ id }) => id.length));
  print(all, all.map(({ id, description }) => `${id.padEnd(width)}  ${description}\n`).join(''), options);
}

async function wrappers(options: Options): Promise<void> {
  const all = (await import('../../envs/spec')).listWrappers();
  const width = Math.max(...all.map(({ name }) => name.length));
  print(all, all.map(({ name, description }) => `${name.padEnd(width)}  ${description}\n`).join(''), options);
}

async function check(ids: readonly string[], options: Options): Promise<void> {
  const registry = await import('../../envs/registry');
  const { checkEnvironment } = await import('../../envs/checker');
  const specs = ids.length > 0 ? ids.map(registry.readSpec) : registry.list().map(({ id }) => id);
  const results = specs.map((spec) => {
    const dynamics = registry.dynamicsOf(spec);
    const findings = checkEnvironment(dynamics);
    return { id: dynamics.id, passed: findings.every(({ problem }) => problem === undefined), checks: findings };
  });
  const lines = results.map(({ id, checks }) => {
    const failed = checks.filter(({ problem }) => problem !== undefined);
    const problems = failed.map((each) => `  not so: ${each.check}\n    ${each.problem}\n`);
    return `${id}: ${checks.length - failed.length} of ${checks.length} checks passed\n${problems.join('')}`;
  });
  print(results, lines.join(''), options);
  if (results.some(({ passed }) => !passed)) process.exitCode = 1;
}

async function trace(options: { trace: string; json?: boolean }): Promise<void> {
  const { readTrace } = await import('../../envs/trace/trace');
  const { replay } = await import('../../envs/trace/replay');
  const recorded = readTrace(options.trace);
  const replayed = replay(recorded);
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(replayed)}\n`);
    return;
  }
  const { differences } = await import('../../envs/trace/differences');
  const lines = differences(recorded, replayed).map((each, e) => `episode ${e}: ${line(each)}\n`);
  process.stdout.write(`${replayed.env}\n${lines.join('')}`);
}

/** What was compared, and how far apart it is. */
function line({ steps, states, observations, rewards, unequal, firstDifference }: EpisodeDifference): string {
  const fields = Object.entries({ states, observations, rewards }).flatMap(([field, distance]) =>
    distance === undefined ? [] : [`${field} within ${distance.toExponential(1)}`],
  );
  const first = firstDifference === undefined ? 'no difference above 1e-9' : `differs from step ${firstDifference} on`;
  return [`${steps} steps`, ...fields, `${unequal} unequal cells or ends`, first].join(', ');
}
