import fs from 'node:fs';
import { z } from 'zod';
import type { Mechanism } from '../../privacy/accounting/accountant';
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

function conversionOf({ accountant, conversion }: Options): { conversion: 'improved' | 'classic' } {
  if (accountant !== 'rdp') throw new KdlabError(`unknown accountant "${accountant}"; there is: rdp`);
  if (conversion !== 'improved' && conversion !== 'classic')
    throw new KdlabError(`unknown conversion "${conversion}"; there are: improved, classic`);
  return { conversion };
}

const points = z.array(
  z.strictObject({
    mechanisms: z
      .array(z.strictObject({ noiseMultiplier: z.number(), sampleRate: z.number(), steps: z.number() }))
      .min(1),
    delta: z.number(),
  }),
);

/** Throws KdlabError naming the file and the place of what is wrong. */
function readPoints(file: string): z.output<typeof points> {
  let content: unknown;
  try {
    content = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    throw new KdlabError(`${file}: ${messageOf(error)}`);
  }
  const parsed = points.safeParse(content);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new KdlabError(
    `${file}: at [${path.join('.')}]: ${message}; expected an array of {mechanisms: [{noiseMultiplier, sampleRate, steps}], delta}`,
  );
}

function warnOfDelta(delta: number, examples: number | undefined): void {
  if (examples !== undefined && delta >= 1 / examples)
    process.stderr.write(
      `warning: delta ${delta} is not below 1/${examples}: a mechanism that publishes whole examples at random would satisfy it\n`,
    );
}

function print(result: object, json: boolean | undefined, text: string): void {
  process.stdout.write(`${json === true ? JSON.stringify(result) : text}\n`);
}

const shown = (epsilon: number | null): string => (epsilon === null ? 'unbounded' : epsilon.toPrecision(6));

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
        .option('--accountant <name>', 'rdp', 'rdp')
        .option('--conversion <name>', 'improved or classic', 'improved')
        .option('--json', 'as JSON');

    verb('epsilon', 'what a run spends')
      .option('--batch <file>', 'a JSON array of {mechanisms: [{noiseMultiplier, sampleRate, steps}], delta}')
      .action(async (options: Options) => {
        const { epsilonOf } = await import('../../privacy/accounting/accountant');
        const how = conversionOf(options);
        if (options.batch !== undefined) {
          const results = readPoints(options.batch).map(({ mechanisms, delta }, i) => {
            try {
              return epsilonOf(mechanisms, delta, how);
            } catch (error) {
              throw new KdlabError(`${options.batch}: point ${i}: ${messageOf(error)}`);
            }
          });
          print(results, options.json, results.map(({ epsilon }) => shown(epsilon)).join('\n'));
          return;
        }
        const { delta, ...rest } = required(options, 'noiseMultiplier', 'sampleRate', 'steps', 'delta');
        const mechanism: Mechanism = {
          noiseMultiplier: rest.noiseMultiplier,
          sampleRate: rest.sampleRate,
          steps: rest.steps,
        };
        const result = epsilonOf([mechanism], delta, how);
        warnOfDelta(delta, options.examples);
        print(
          result,
          options.json,
          `epsilon ${shown(result.epsilon)} at delta ${delta} (rdp, ${result.conversion} conversion` +
            `${result.order === undefined ? '' : `, order ${result.order}`}; Poisson sampling, one example added or removed)`,
        );
      });

    verb('noise', 'the least noise with which a run keeps to an epsilon')
      .option('--epsilon <epsilon>', 'what may be spent', number)
      .action(async (options: Options) => {
        const { noiseFor } = await import('../../privacy/accounting/accountant');
        const target = required(options, 'epsilon', 'sampleRate', 'steps', 'delta');
        const result = noiseFor(target, conversionOf(options));
        warnOfDelta(target.delta, options.examples);
        print(
          result,
          options.json,
          `noise multiplier ${result.noiseMultiplier.toPrecision(6)} for epsilon ${shown(result.epsilon)} at delta ${target.delta}`,
        );
      });

    verb('steps', 'the most releases with which a run keeps to an epsilon')
      .option('--epsilon <epsilon>', 'what may be spent', number)
      .action(async (options: Options) => {
        const { stepsFor } = await import('../../privacy/accounting/accountant');
        const { epsilon, delta, noiseMultiplier, sampleRate } = required(
          options,
          'epsilon',
          'noiseMultiplier',
          'sampleRate',
          'delta',
        );
        const result = stepsFor({ epsilon, delta, noiseMultiplier, sampleRate }, conversionOf(options));
        warnOfDelta(delta, options.examples);
        print(result, options.json, `${result.steps} steps for epsilon ${shown(result.epsilon)} at delta ${delta}`);
      });
  },
});
