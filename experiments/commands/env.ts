import type { EpisodeDifference } from '../../envs/trace/differences';
import { domainCommand } from '../../src/cli/domain-command';

/** `kdlab env list | trace`. */
export default domainCommand({
  description: 'environments: list them, replay recorded trajectories',
  register: (command) => {
    command.command('list').description('environments by id').option('--json', 'print one JSON array').action(list);
    command
      .command('trace')
      .description('replay a recorded trajectory from its first states, actions and draws, and compare')
      .requiredOption('--trace <file>', 'a .json or .json.gz file')
      .option('--json', 'print what our dynamics compute, as one JSON object')
      .action(trace);
  },
});

async function list(options: { json?: boolean }): Promise<void> {
  const all = (await import('../../envs/registry')).list();
  const width = Math.max(...all.map(({ id }) => id.length));
  const lines = all.map(({ id, description }) => `${id.padEnd(width)}  ${description}\n`);
  process.stdout.write(options.json === true ? `${JSON.stringify(all)}\n` : lines.join(''));
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
