import fs from 'node:fs';
import path from 'node:path';
import type { EnvironmentSpec } from '../../envs/registry';
import type { Watched } from '../../envs/render/recording';
import { domainCommand } from '../../src/cli/domain-command';
import { KdlabError, messageOf } from '../../src/core/errors';
import type { RunFolder } from '../../src/run/folder';

interface Options {
  readonly runsDir?: string;
  readonly to?: string;
  readonly gif?: boolean;
  readonly seed: number;
  readonly steps: number;
  readonly every: number;
  readonly roles: string;
  readonly sampled?: boolean;
  readonly env?: string;
}

function whole(value: string): number {
  const parsed = Number(value);
  if (Number.isInteger(parsed) && parsed >= 0) return parsed;
  throw new KdlabError(`expected a whole number, found "${value}"`);
}

/** `kdlab watch`: teacher and student at work, side by side, as a page or a GIF. */
export default domainCommand({
  description: 'show the policies of a finished run at work, with the action probabilities of both',
  register: (command) => {
    command
      .argument('<run>', 'id or folder of a run of policy distillation')
      .option('--to <file>', 'the file to write; default: watch.html or watch.gif among the run’s artifacts')
      .option('--gif', 'an animated GIF instead of a page')
      .option('--seed <n>', 'of the first state and everything drawn', whole, 0)
      .option('--steps <n>', 'longer episodes are cut', whole, 500)
      .option('--every <n>', 'of a GIF: take every n-th step', whole, 2)
      .option('--roles <names>', 'which policies, separated by commas', 'teacher,student')
      .option('--sampled', 'draw the actions instead of taking the most probable ones')
      .option('--env <id>', 'another environment with the same spaces, by id or as {"id", "options", "wrappers"}')
      .option('--runs-dir <folder>', 'where run folders are')
      .action(watch);
  },
});

async function watch(run: string, options: Options): Promise<void> {
  const { runsFolder } = await import('../../src/run/execute');
  const { findRun } = await import('../../src/run/folder');
  const { Rng } = await import('../../src/math/rng');
  const { readSpec } = await import('../../envs/registry');
  const { record } = await import('../../envs/render/recording');
  const folder = findRun(run, runsFolder(options.runsDir));
  const { id: name, config } = folder.read();
  const environment = options.env === undefined ? config.environment : readSpec(options.env);
  if (environment === undefined)
    throw new KdlabError(`${name} has no environment of its own in its configuration; name one with --env`);
  if (options.steps === 0 || options.every === 0) throw new KdlabError('--steps and --every are at least 1');
  const watched = await networks(folder, options.roles.split(','));
  const recording = record({
    watched,
    id: environment as EnvironmentSpec,
    rng: Rng.root(options.seed).split('watch'),
    steps: options.steps,
    choice: options.sampled === true ? 'sampled' : 'greedy',
  });
  const file = path.resolve(options.to ?? folder.artifact(options.gif === true ? 'watch.gif' : 'watch.html'));
  const { MILLISECONDS } = await import('../../envs/render/player');
  if (options.gif === true) {
    const { gifOf } = await import('../../envs/render/gif');
    fs.writeFileSync(file, gifOf(recording, { milliseconds: MILLISECONDS * options.every, every: options.every }));
  } else {
    const { pageOf } = await import('../../envs/render/page');
    const actions = options.sampled === true ? 'actions are drawn' : 'the most probable action is taken';
    const about = `${recording.id}, seed ${options.seed}; ${actions}. Bars: what each policy would do in the state shown.`;
    fs.writeFileSync(file, pageOf(recording, { title: name, about }));
  }
  const lines = recording.panels.map(({ role, frames, end }) => {
    const { total } = frames.at(-1)!;
    return `${role}: return ${Number(total.toFixed(3))} in ${frames.length - (end === 'cut' ? 0 : 1)} steps, ${end}\n`;
  });
  process.stdout.write(`${lines.join('')}Written: ${file}\n`);
}

/** The run's networks with the weights that it kept. */
async function networks(folder: RunFolder, roles: readonly string[]): Promise<Watched[]> {
  const { selectEngine } = await import('../../src/engine/engine');
  const { prepare } = await import('../../src/run/prepare');
  const { buildPlan } = await import('../../src/run/execute');
  const { restoreVariables } = await import('../../src/core/params');
  const { decodeState } = await import('../../src/core/snapshot');
  const { unknownName } = await import('../../src/core/section');
  const record = folder.read();
  await selectEngine('auto');
  const prepared = prepare(record.config, {
    runsDir: path.dirname(path.dirname(folder.path)),
    where: folder.recordFile,
  });
  const { models } = await buildPlan({ ...prepared, folder }, { download: false, notify: () => undefined });
  return roles.map((role): Watched => {
    const network = models[role];
    if (network === undefined) throw new KdlabError(unknownName('role', role, Object.keys(models)));
    const file = folder.artifact(`${role}.safetensors`);
    if (!fs.existsSync(file))
      throw new KdlabError(`${record.id} is ${record.status} and has no ${file}; its policies are kept at its end`);
    try {
      restoreVariables(network.params, decodeState(fs.readFileSync(file)));
    } catch (error) {
      throw new KdlabError(`${file}: ${messageOf(error)}`);
    }
    return { role, network };
  });
}
