import fs from 'node:fs';
import { z } from 'zod';
import type { AccountingOptions, PrivacyLoss, Release } from '../../privacy/accounting/accountant';
import { domainCommand } from '../../src/cli/domain-command';
import { KdlabError, messageOf } from '../../src/core/errors';

interface Options {
  readonly noiseMultiplier?: number;
  readonly sampleRate?: number;
  readonly steps?: number;
  readonly epsilon?: number;
  readonly delta?: number;
  readonly examples?: number;
  readonly batch?: string;
  readonly accountant: string;
  readonly conversion: string;
  readonly json?: boolean;
}

function number(value: string): number {
  const parsed = Number(value);
  if (value.trim() === '' || Number.isNaN(parsed)) throw new KdlabError(`expected a number, found "${value}"`);
  return parsed;
}

/** Throws KdlabError naming the options that are missing. */
function required<K extends keyof Options>(options: Options, ...keys: K[]): { [P in K]-?: NonNullable<Options[P]> } {
  const missing = keys.filter((key) => options[key] === undefined);
  if (missing.length > 0)
    throw new KdlabError(
      `missing ${missing.map((key) => `--${key.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`).join(', ')}`,
    );
  return Object.fromEntries(keys.map((key) => [key, options[key]])) as { [P in K]-?: NonNullable<Options[P]> };
}

const NAMES = { accountant: ['rdp', 'pld', 'gdp'], conversion: ['improved', 'classic'] } as const;

function accountingOf(options: Options): Required<AccountingOptions> {
  for (const key of ['accountant', 'conversion'] as const)
    if (!(NAMES[key] as readonly string[]).includes(options[key]))
      throw new KdlabError(`unknown ${key} "${options[key]}"; there are: ${NAMES[key].join(', ')}`);
  return { accountant: options.accountant, conversion: options.conversion } as Required<AccountingOptions>;
}

interface Point {
  readonly mechanisms: Release[];
  readonly delta: number;
}

const FORM =
  'an array of {mechanisms: [{noiseMultiplier, sampleRate, steps}], delta}, a mechanism of another kind with ' +
  'kind: laplace, randomized-response or gaussian-without-replacement';

/** Throws KdlabError naming the file and the place of what is wrong. */
async function readPoints(file: string): Promise<Point[]> {
  const { release } = await import('../../privacy/accounting/mechanism');
  let content: unknown;
  try {
    content = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    throw new KdlabError(`${file}: ${messageOf(error)}`);
  }
  const points = z.array(z.strictObject({ mechanisms: z.array(release).min(1), delta: z.number() }));
  const parsed = points.safeParse(content);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new KdlabError(`${file}: at [${path.join('.')}]: ${message}; expected ${FORM}`);
}

function warnOfDelta(delta: number, examples: number | undefined, where = ''): void {
  if (examples !== undefined && delta >= 1 / examples)
    process.stderr.write(
      `warning: ${where}delta ${delta} is not below 1/${examples}: a mechanism that publishes whole examples at random would satisfy it\n`,
    );
}

function print(result: object, json: boolean | undefined, text: string): void {
  process.stdout.write(`${json === true ? JSON.stringify(result) : text}\n`);
}

const shown = (epsilon: number | null): string => (epsilon === null ? 'unbounded' : epsilon.toPrecision(6));

/** How ε came about, in words. */
function told({ accountant, conversion, order, epsilonLower, approximation }: PrivacyLoss): string {
  const words = [
    accountant,
    accountant === 'rdp' ? `${conversion} conversion` : '',
    order === undefined ? '' : `order ${order}`,
    epsilonLower === undefined ? '' : `no less than ${shown(epsilonLower)}`,
    approximation === true ? 'an approximation by the central limit, NOT a guarantee' : '',
  ];
  return words.filter((word) => word !== '').join(', ');
}

/** Throws KdlabError for a claim that no noise can keep. */
function assertNoise({ noiseMultiplier }: { noiseMultiplier: number }, epsilon: number): void {
  if (noiseMultiplier === 0)
    throw new KdlabError(
      `noise multiplier 0 with epsilon ${epsilon}: without noise no epsilon holds; "kdlab privacy noise" tells how much it takes`,
    );
}

/** Throws KdlabError where a run spends more than is claimed. */
function assertClaim({ epsilon }: PrivacyLoss, claim: number): void {
  if (epsilon === null || epsilon > claim)
    throw new KdlabError(
      `epsilon ${claim} is claimed, ${shown(epsilon)} is spent; take more noise, fewer steps or a lower sample rate`,
      { exitCode: 1 },
    );
}

/** `kdlab privacy`: accounting for the Gaussian mechanism on Poisson samples, without a run. */
export default domainCommand({
  description: 'privacy accounting: epsilon of a run, noise or steps for an epsilon',
  register: (command) => {
    const verb = (name: string, description: string) =>
      command
        .command(name)
        .description(description)
        .option('--noise-multiplier <sigma>', 'standard deviation of the noise over the clipping norm', number)
        .option('--sample-rate <q>', 'probability with which each example is taken', number)
        .option('--steps <n>', 'releases', number)
        .option('--delta <delta>', 'probability with which epsilon may fail', number)
        .option('--examples <n>', 'number of private examples: warns where delta is not below 1/n', number)
        .option('--accountant <name>', 'rdp, pld (also a lower bound) or gdp (an approximation)', 'rdp')
        .option('--conversion <name>', 'improved or classic', 'improved')
        .option('--json', 'as JSON');

    verb('epsilon', 'what a run spends')
      .option('--batch <file>', 'a JSON array of {mechanisms: [{noiseMultiplier, sampleRate, steps}], delta}')
      .option('--epsilon <epsilon>', 'what is claimed: fails where the run spends more', number)
      .action(async (options: Options) => {
        const { epsilonOf } = await import('../../privacy/accounting/accountant');
        const { assertTarget } = await import('../../privacy/accounting/calibration');
        const how = accountingOf(options);
        if (options.batch !== undefined) {
          const points = await readPoints(options.batch);
          const results = points.map(({ mechanisms, delta }, i) => {
            try {
              warnOfDelta(delta, options.examples, `point ${i}: `);
              return epsilonOf(mechanisms, delta, how);
            } catch (error) {
              throw new KdlabError(`${options.batch}: point ${i}: ${messageOf(error)}`);
            }
          });
          print(results, options.json, results.map(({ epsilon }) => shown(epsilon)).join('\n'));
          return;
        }
        const { delta, ...rest } = required(options, 'noiseMultiplier', 'sampleRate', 'steps', 'delta');
        if (options.epsilon !== undefined) {
          assertTarget(options.epsilon);
          assertNoise(rest, options.epsilon);
        }
        const result = epsilonOf([rest], delta, how);
        warnOfDelta(delta, options.examples);
        print(
          result,
          options.json,
          `epsilon ${shown(result.epsilon)} at delta ${delta} (${told(result)}; Poisson sampling, one example added or removed)`,
        );
        if (options.epsilon !== undefined) assertClaim(result, options.epsilon);
      });

    verb('noise', 'the least noise with which a run keeps to an epsilon')
      .option('--epsilon <epsilon>', 'what may be spent', number)
      .action(async (options: Options) => {
        const { noiseFor } = await import('../../privacy/accounting/calibration');
        const target = required(options, 'epsilon', 'sampleRate', 'steps', 'delta');
        const result = noiseFor(target, accountingOf(options));
        warnOfDelta(target.delta, options.examples);
        print(
          result,
          options.json,
          `noise multiplier ${result.noiseMultiplier.toPrecision(6)} for epsilon ${shown(result.epsilon)} at delta ${target.delta} (${told(result)})`,
        );
      });

    verb('steps', 'the most releases with which a run keeps to an epsilon')
      .option('--epsilon <epsilon>', 'what may be spent', number)
      .action(async (options: Options) => {
        const { stepsFor } = await import('../../privacy/accounting/calibration');
        const { epsilon, delta, noiseMultiplier, sampleRate } = required(
          options,
          'epsilon',
          'noiseMultiplier',
          'sampleRate',
          'delta',
        );
        assertNoise({ noiseMultiplier }, epsilon);
        const result = stepsFor({ epsilon, delta, noiseMultiplier, sampleRate }, accountingOf(options));
        warnOfDelta(delta, options.examples);
        print(
          result,
          options.json,
          `${result.steps} steps for epsilon ${shown(result.epsilon)} at delta ${delta} (${told(result)})`,
        );
      });
  },
});
