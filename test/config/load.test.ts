import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { schema as rl } from '../../experiments/rl';
import { schema as supervised } from '../../experiments/supervised';
import { configHash, parseConfig, type RawConfig, readConfig } from '../../src/config/load';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kdlab-config-'));
after(() => fs.rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const at = path.join(folder, name);
  fs.writeFileSync(at, text);
  return at;
}

const minimal: RawConfig = {
  experiment: 'supervised',
  name: 'm',
  dataset: { name: 'shapes' },
  teacher: { model: { mlp: { hidden: [8] } } },
  student: { model: { mlp: { hidden: [4] } } },
};

test('extends merges objects, replaces lists and scalars, and another named part replaces the first', () => {
  file(
    'base.yaml',
    'a: { x: 1, y: 2 }\nlist: [1, 2]\nmodel: { cnn: { filters: [8] } }\nrate: { linear: { from: 1, to: 0 } }\n',
  );
  const child = file(
    'child.yaml',
    'extends: base.yaml\na: { y: 3 }\nlist: [9]\nmodel: { mlp: { hidden: [4] } }\nrate: 0.1\n',
  );
  assert.deepEqual(readConfig(child), { a: { x: 1, y: 3 }, list: [9], model: { mlp: { hidden: [4] } }, rate: 0.1 });
});

test('--set reads YAML, reaches into lists, makes what is missing; --seed and --engine win', () => {
  const at = file('set.yaml', 'seed: 1\nobjective: [{ kd: { temperature: 4 } }]\n');
  const config = readConfig(at, {
    set: ['objective.0.kd.temperature=8', 'student.hidden=[1, 2]', 'note=yes please'],
    seed: 5,
    engine: 'cpu',
  });
  assert.deepEqual(config, {
    seed: 5,
    engine: 'cpu',
    objective: [{ kd: { temperature: 8 } }],
    student: { hidden: [1, 2] },
    note: 'yes please',
  });
});

for (const [name, text, message] of [
  ['loop.yaml', 'extends: loop.yaml\n', /goes round in a circle: loop.yaml → loop.yaml/],
  ['broken.yaml', 'a: [1, 2\nb: 3\n', /not valid YAML: .* at line/s],
  ['twice.yaml', 'a: 1\na: 2\n', /not valid YAML: .*unique/is],
  ['list.yaml', '- 1\n', /holds a list, expected keys and values/],
  ['empty.yaml', '', /holds nothing/],
] as const)
  test(`${name} is refused with what is wrong`, () => {
    assert.throws(() => readConfig(file(name, text)), message);
  });

test('a missing file and a bad --set are refused', () => {
  assert.throws(() => readConfig(path.join(folder, 'absent.yaml')), /cannot read the configuration .*absent.yaml/);
  const at = file('plain.yaml', 'seed: 1\n');
  assert.throws(() => readConfig(at, { set: ['oops'] }), /expected key=value/);
  assert.throws(() => readConfig(at, { set: ['seed.deep=1'] }), /"seed" is 1, which has no keys/);
});

test('all problems come at once, with their paths and the nearest key', () => {
  const raw = {
    ...minimal,
    lable: 1,
    seed: -1,
    student: { model: 'mpl', epoch: 3, objective: [{ kd: { temprature: 2 }, weight: -1 }] },
  };
  assert.throws(
    () => parseConfig(supervised, raw, 'my.yaml'),
    (error: Error) => {
      assert.match(error.message, /my\.yaml has \d problems/);
      assert.match(error.message, /unknown key "lable"; did you mean "name"|unknown key "lable"/);
      assert.match(error.message, /seed: .*>=0/);
      assert.match(error.message, /student: unknown key "epoch"; did you mean "epochs"/);
      assert.match(error.message, /student\.model: unknown model "mpl"; did you mean "mlp"/);
      assert.match(error.message, /student\.objective\.0\.kd: unknown key "temprature"; did you mean "temperature"/);
      assert.match(error.message, /student\.objective\.0\.weight: is -1, expected >= 0/);
      return true;
    },
  );
});

test('a resolved configuration parses to itself, so that a stored one can be resumed', () => {
  for (const [schema, raw] of [
    [supervised, minimal],
    [
      rl,
      {
        experiment: 'rl',
        name: 'r',
        environment: 'CartPole-v1',
        teacher: {
          model: { mlp: { hidden: [4] } },
          value: { mlp: { hidden: [4] } },
          envSteps: 1000,
          rollouts: {},
          objective: {},
        },
        student: { model: { mlp: { hidden: [2] } }, steps: 10, rollouts: { envSteps: 1000 } },
      },
    ],
  ] as const) {
    const once = JSON.parse(JSON.stringify(parseConfig(schema, raw as RawConfig, 'x')));
    assert.deepEqual(JSON.parse(JSON.stringify(parseConfig(schema, once, 'x'))), once);
  }
});

test('the hash ignores key order and how a run is recorded, and nothing else', () => {
  const hash = configHash(minimal);
  assert.equal(configHash(Object.fromEntries(Object.entries(minimal).reverse())), hash);
  assert.equal(configHash({ ...minimal, tracking: { uri: 'http://a' }, description: 'x', checkpointSeconds: 1 }), hash);
  for (const change of [{ seed: 1 }, { name: 'n' }, { engine: 'cpu' }, { logEvery: 3 }])
    assert.notEqual(configHash({ ...minimal, ...change }), hash);
});

test('no text makes the reader fail other than by a KdlabError', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (text) => {
      try {
        readConfig(file('fuzz.yaml', text));
      } catch (error) {
        assert.equal((error as Error).name, 'KdlabError', String(error));
      }
    }),
    { numRuns: 200 },
  );
});
