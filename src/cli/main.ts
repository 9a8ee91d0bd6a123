#!/usr/bin/env node
import path from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import { KdlabError } from '../core/errors';
import { namesIn, resolveNamed } from '../core/resolve';
import { experimentsFolder } from '../run/package-root';
import type { DomainCommand } from './domain-command';

/*
 * The command line. Only this file and the domains' commands load at once, and each brings its code when called, so that `--help` is quick.
 * Exit codes: 0 done, 1 a run failed, 2 bad usage or configuration, 130 interrupted (resumable).
 */

const collect = (value: string, earlier: string[]): string[] => [...earlier, value];

function integer(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0)
    throw new KdlabError(`expected a non-negative integer, found "${value}"`);
  return number;
}

function integers(value: string): number[] {
  return value.split(',').map((part) => integer(part.trim()));
}

const program = new Command('kdlab')
  .description('Knowledge distillation research: run configurations, compare, reproduce.')
  .version((require('../run/version') as typeof import('../run/version')).version)
  .exitOverride()
  .showHelpAfterError()
  .addHelpText(
    'after',
    '\nExamples:\n  kdlab run policy-cartpole            the built-in policy distillation\n' +
      '  kdlab run my.yaml --set student.epochs=5 --seed 1\n  kdlab resume policy-cartpole-s0-1a2b3c4d\n',
  );

const shared = (command: Command): Command =>
  command
    .option('--runs-dir <folder>', 'where run folders go (default: KDLAB_RUNS or ./runs)')
    .option('--data-dir <folder>', 'where data sets are looked for first')
    .option('--offline', 'never download data')
    .option('--json', 'print one JSON object last, progress on stderr');

shared(program.command('run'))
  .description('run a configuration: a recipe name (see "kdlab list") or a YAML file')
  .argument('<config>')
  .option('--set <key=value>', 'override a key, for example student.epochs=5 (repeatable)', collect, [])
  .option('--seed <n>', 'override the seed', integer)
  .option('--seeds <list>', 'run once for each of these seeds, for example 0,1,2, and sum up', integers)
  .addOption(
    new Option('--engine <name>', 'override the engine').choices([
      'auto',
      'native',
      'wasm',
      'tensorflow',
      'tfjs',
      'cpu',
    ]),
  )
  .option('--force', 'train again even where an identical finished run exists')
  .action(async (config: string, options) => (await import('./run')).run(config, options));

shared(program.command('resume'))
  .description('go on with an interrupted or killed run')
  .argument('<run>', 'id or folder')
  .action(async (run: string, options) => (await import('./run')).resume(run, options));

shared(program.command('export'))
  .description("write a finished run's student as an ONNX file, and time it in ONNX Runtime")
  .argument('<run>', 'id or folder')
  .option('--to <file>', 'where to (default: <run>.onnx here)')
  .option('--rows <n>', 'examples at a time for the timing (default: 1)', integer)
  .option('--threads <n>', 'threads of ONNX Runtime (default: 1)', integer)
  .action(async (run: string, options) => (await import('./export')).exportRun(run, options));

shared(program.command('sweep'))
  .description('run a configuration over axes and seeds: a sweep file, or a shipped one by its name')
  .argument('[sweep]')
  .option('--resume <sweep>', 'go on with an earlier sweep, by id or folder, from its own record')
  .option('--dry-run', 'print the plan, the number of runs and what they may take; train nothing')
  .option('--workers <n>', 'runs at a time (default: as the cores allow)', integer)
  .option('--threads <n>', 'threads of each (default: 1)', integer)
  .option('--memory <MiB>', 'memory at which a run is ended (default: a share of four fifths of the machine)', integer)
  .option('--retry-failed', 'take up runs that failed before')
  .action(async (file: string | undefined, options) => (await import('./sweep')).sweep(file, options));

program
  .command('compare')
  .description('compare runs over seeds: run or sweep ids, folders, globs, tags such as student.epochs=5')
  .argument('<runs...>')
  .option('--from <uri>', 'take them from this MLflow server instead of the local run folders')
  .option('--metric <name>', 'what is compared (default: the primary metric)')
  .option('--model <role>', 'whose (default: student)')
  .option('--against <letter>', 'the group that the others are held against (default: A)')
  .option('--html <file>', 'write a page with tables, intervals, curves and fronts')
  .option('--csv <file>', 'write every quantity of every model, a line each')
  .option('--latex <file>', 'write the main table for a paper')
  .option('--runs-dir <folder>', 'where run folders are')
  .option('--json', 'print one JSON object')
  .action(async (runs: string[], options) => (await import('./compare')).compare(runs, options));

shared(program.command('reproduce'))
  .description('run a paper’s recipe and set its published figures beside ours, with a verdict and a certificate')
  .argument('[paper]', 'a recipe’s folder')
  .option('--list', 'papers that can be reproduced, and the verdicts so far')
  .option('--reduced', 'the reduced schedule: only an order of figures can come of it')
  .option('--tiny', 'the smallest form, which checks the machinery and nothing else')
  .option('--seeds <list>', 'default: 0,1,2,3,4', integers)
  .option('--workers <n>', 'runs at a time (default: as the cores allow)', integer)
  .option('--threads <n>', 'threads of each (default: 1)', integer)
  .option('--memory <MiB>', 'memory at which a run is ended', integer)
  .option('--retry-failed', 'take up runs that failed before')
  .option('--keep', 'keep the certificate with the recipe')
  .option('--write-docs', 'write docs/reproductions.md from the kept certificates')
  .action(async (paper: string | undefined, options) => (await import('./reproduce')).reproduce(paper, options));

shared(program.command('check'))
  .description('validate a configuration and show the resolved plan without training')
  .argument('<config>')
  .option('--set <key=value>', 'override a key (repeatable)', collect, [])
  .option('--seed <n>', 'override the seed', integer)
  .action(async (config: string, options) => (await import('./check')).check(config, options));

program
  .command('list')
  .description('recipes, experiments, objectives, models, optimizers, environments, data sets, runs')
  .argument('[kind]', 'only one of these')
  .option('--runs-dir <folder>', 'where run folders are')
  .option('--json', 'as JSON')
  .action(async (kind: string | undefined, options) => (await import('./list')).list(kind, options));

program
  .command('doctor')
  .description('what this machine offers, what is missing and what to do about it')
  .option('--runs-dir <folder>', 'where run folders go')
  .option('--data-dir <folder>', 'where data sets are looked for first')
  .option('--json', 'as JSON')
  .action(async (options) => (await import('./doctor')).doctor(options));

program
  .command('report')
  .description('write the report of a run again')
  .argument('<run>', 'id or folder')
  .option('--runs-dir <folder>', 'where run folders are')
  .action(async (run: string, options) => (await import('./run')).report(run, options));

program
  .command('sync')
  .description('deliver what a tracking server has not got of these runs (default: all), and read it back')
  .argument('[runs...]', 'ids or folders')
  .option('--to <uri>', 'MLflow server (default: the run’s own, or MLFLOW_TRACKING_URI)')
  .option('--runs-dir <folder>', 'where run folders are')
  .action(async (runs: string[], options) => (await import('./sync')).sync(runs, options));

program
  .command('mlflow')
  .description('run an MLflow server for the runs of this folder, where MLflow is installed')
  .option('--port <n>', 'default: 5000', integer)
  .action(async (options) => (await import('./mlflow')).mlflow(options));

const datasets = program.command('datasets').description('data sets: list, fetch, verify');
for (const verb of ['list', 'fetch', 'verify'] as const)
  datasets
    .command(verb)
    .argument(verb === 'list' ? '[name]' : '<name>')
    .option('--data-dir <folder>', 'where data sets are looked for first')
    .option('--json', 'as JSON')
    .action(async (name: string | undefined, options) => (await import('./datasets')).datasets(verb, name, options));

const domains = path.join(experimentsFolder, 'commands');
for (const name of namesIn([domains])) {
  const { description, register } = resolveNamed<DomainCommand>('command', [domains], name);
  register(program.command(name).description(description));
}

// `kdlab … | head` closes the pipe early: what is running goes on to its end, and only its text is lost.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

program.parseAsync().catch((error: unknown) => {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof KdlabError) {
    process.stderr.write(`kdlab: ${error.message}\n`);
    process.exitCode = error.exitCode;
  } else {
    process.stderr.write(
      `kdlab: unexpected error, please report it\n${error instanceof Error ? error.stack : String(error)}\n`,
    );
    process.exitCode = 1;
  }
});
