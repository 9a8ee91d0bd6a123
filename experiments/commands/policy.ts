import { domainCommand } from '../../src/cli/domain-command';

interface Options {
  readonly metric: string;
  readonly role: string;
  readonly runsDir?: string;
  readonly html?: string;
  readonly json?: boolean;
}

/** `kdlab policy scores | teachers`. */
export default domainCommand({
  description: 'policies over seeds and tasks, and kept teachers',
  register: (command) => {
    command
      .command('scores')
      .description('interquartile means, performance profiles and probabilities of improvement of runs of rl')
      .argument('<runs...>', 'run ids, folders, globs or tags, as for "kdlab compare"; methods are told by run names')
      .option('--metric <name>', 'of the models', 'relativeScore')
      .option('--role <role>', 'teacher, student or baseline', 'student')
      .option('--runs-dir <folder>', 'where the runs are')
      .option('--html <file>', 'write a page with the profiles')
      .option('--json', 'print one JSON array')
      .action(scores);
    command
      .command('teachers')
      .description('the teachers kept for reuse, with their cards')
      .option('--json', 'print one JSON array')
      .action(teachers);
  },
});

async function scores(runs: string[], { metric, role, runsDir, html, json }: Options): Promise<void> {
  const { selectRuns } = await import('../../src/compare/select');
  const { runsFolder } = await import('../../src/run/execute');
  const { writeWhole } = await import('../../src/core/files');
  const { Rng } = await import('../../src/math/rng');
  const { scoreRows, scoresOf, scoresPage } = await import('../results/policy-scores');
  const records = selectRuns(runs, runsFolder(runsDir))
    .map(({ record }) => record)
    .filter(({ status }) => status === 'FINISHED');
  const methods = scoresOf(records, { metric, role, rng: Rng.root(0).split('policy-scores') });
  if (html !== undefined) writeWhole(html, scoresPage(methods, { metric, role }));
  print(methods, scoreRows(methods), json);
}

async function teachers({ json }: Pick<Options, 'json'>): Promise<void> {
  const path = await import('node:path');
  const { TeacherStore } = await import('../../envs/teachers/artifact');
  const { cacheFolder } = await import('../../src/run/environment');
  const store = new TeacherStore(path.join(cacheFolder(), 'teachers'));
  const all = store.list();
  const rows = all.map(({ hash, card: { environment, algorithm, score, envSteps, seed, licence } }) => [
    hash.slice(0, 8),
    typeof environment === 'string' ? environment : environment.id,
    algorithm,
    `${score.mean.toFixed(1)} [${score.low.toFixed(1)}, ${score.high.toFixed(1)}]`,
    String(envSteps),
    String(seed),
    licence,
  ]);
  print(all, [['hash', 'environment', 'by', 'score', 'env steps', 'seed', 'licence'], ...rows], json);
}

function print(value: object, rows: readonly (readonly string[])[], json: boolean | undefined): void {
  if (json === true) {
    process.stdout.write(`${JSON.stringify(value)}\n`);
    return;
  }
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  for (const row of rows)
    process.stdout.write(
      `${row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd()}\n`,
    );
}
