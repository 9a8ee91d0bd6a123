import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configFile } from '../../src/cli/recipes';
import { readConfig } from '../../src/config/load';
import { KdlabError } from '../../src/core/errors';
import { definitionSchema, makeSweep } from '../../src/sweep/definition';
import { checkAxes, prepareRun, settingHash } from '../../src/sweep/settings';

const sweepOf = (more: Record<string, unknown>) =>
  makeSweep(
    definitionSchema.parse({ name: 's', base: 'shapes-cnn/tiny', ...more }),
    readConfig(configFile('shapes-cnn/tiny')),
    's.yaml',
  );
const refused = (more: Record<string, unknown>, message: RegExp) =>
  assert.throws(
    () => checkAxes(sweepOf(more), 'runs'),
    (error) => (error instanceof KdlabError && message.test(error.message)) || assert.fail(String(error)),
  );

describe('the axes of a sweep', () => {
  it('are put into the base, named parts and list elements and all', () => {
    const axes = { 'student.objective.0.kd.temperature': [1, 4], 'student.model': [{ mlp: { hidden: [3] } }] };
    const sweep = sweepOf({ axes });
    checkAxes(sweep, 'runs');
    const { config, id } = prepareRun(sweep, { 'student.objective.0.kd.temperature': 4 }, 7, 'runs');
    const { objective } = config.student as { objective: { kd: { temperature: number } }[] };
    assert.equal(objective[0]!.kd.temperature, 4);
    assert.match(id, /^shapes-cnn-tiny-s7-/);
  });

  it('a setting that changes nothing is the same run as the recipe', () => {
    const plain = prepareRun(sweepOf({}), {}, 0, 'runs');
    const same = prepareRun(sweepOf({}), { 'student.epochs': 4 }, 1, 'runs');
    assert.notEqual(plain.id, same.id);
    assert.equal(settingHash(plain), settingHash(same));
  });

  const wrong: Record<string, [Record<string, unknown>, RegExp]> = {
    'a misspelt key, naming the nearest': [
      { 'student.learningrate': [1] },
      /axis "student\.learningrate" names no key .* did you mean "student\.learningRate"/,
    ],
    'a misspelt section': [{ 'studnt.epochs': [1] }, /"studnt\.epochs" names no key .* "student\.epochs"/],
    'an option of another part': [
      { 'student.objective.0.kd.temprature': [1] },
      /temprature" names no key .* "student\.objective\.0\.kd\.temperature"/,
    ],
    'a key inside a scalar': [{ 'student.epochs.first': [1] }, /"student\.epochs\.first" names no key/],
    'a value that the key does not take': [{ 'student.epochs': [1, -2] }, /axis "student\.epochs" cannot be -2/],
    'an end of a range that the key does not take': [
      { 'student.objective.0.kd.alpha': { uniform: [0, 3], points: 2 } },
      /alpha" cannot be 3/,
    ],
    'a range in a grid without points': [{ 'student.learningRate': { log: [0.1, 1] } }, /add points/],
    'seeds as an axis': [{ seed: [1, 2] }, /use "seeds/],
    'what does not change a run': [{ description: ['a', 'b'] }, /does not change what is computed/],
    'an axis inside another': [
      { 'student.model': [{ mlp: { hidden: [3] } }], 'student.model.mlp.hidden': [[3]] },
      /lies inside axis "student\.model"/,
    ],
  };
  for (const [what, [axes, message]] of Object.entries(wrong)) it(`refuse ${what}`, () => refused({ axes }, message));

  it('report every problem at once', () =>
    refused({ axes: { seed: [1], 'student.epochs': [-1], 'student.nope': [1] } }, /seed[\s\S]*epochs[\s\S]*nope/));

  it('are not also set', () => refused({ axes: { 'student.epochs': [1] }, set: { 'student.epochs': 2 } }, /"set"/));
  it('have a valid base', () =>
    refused({ set: { 'teacher.epochs': -1 } }, /base .* is not valid[\s\S]*teacher\.epochs/));
});

describe('a sweep file', () => {
  const problems = (more: Record<string, unknown>) => {
    const result = definitionSchema.safeParse({ name: 's', base: 'x', ...more });
    return result.success
      ? ''
      : result.error.issues.map(({ message, path }) => `${path.join('.')} ${message}`).join('\n');
  };
  it('names what it chooses by', () => {
    const axes = { a: [1] };
    assert.match(problems({ axes, strategy: { tpe: { trials: 3 } } }), /^metric tpe chooses by a metric/);
    assert.match(problems({ axes, strategy: { asha: { trials: 3 } } }), /^metric asha/);
    assert.match(problems({ metric: 'student.testError' }), /metrics\.jsonl/);
    assert.match(problems({ strategy: { random: { trials: 3 } } }), /^axes random/);
  });
  it('is strict', () => {
    assert.match(problems({ axis: {} }), /did you mean "axes"/);
    assert.match(problems({ strategy: 'bayes' }), /expected grid/);
    assert.match(problems({ seeds: [1, 1] }), /twice/);
    assert.deepEqual(definitionSchema.parse({ name: 's', base: 'x', seeds: 3 }).seeds, [0, 1, 2]);
  });
  it('read back from its record, is the same sweep', () => {
    const sweep = sweepOf({ seeds: 2, strategy: 'grid', axes: { 'student.epochs': [1, 2] } });
    const { definition, base } = JSON.parse(JSON.stringify(sweep)) as typeof sweep;
    assert.equal(makeSweep(definitionSchema.parse(definition), base, 'elsewhere').id, sweep.id);
    assert.equal(makeSweep({ ...definition, description: 'other' }, base, '').id, sweep.id);
  });
});
