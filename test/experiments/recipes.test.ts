import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { recipes } from '../../src/cli/recipes';
import { readConfig } from '../../src/config/load';
import { readExpected } from '../../src/reproduce/expected';
import { prepare } from '../../src/run/prepare';

for (const [name, file] of recipes())
  test(`recipe ${name} is valid, and says in a sentence or two what it shows`, () => {
    const { base } = prepare(readConfig(file), { runsDir: 'runs', where: file });
    const sentences = base.description.split(/[.](?:\s|$)/).filter(Boolean).length;
    assert.ok(sentences >= 1 && sentences <= 3, base.description);
  });

for (const folder of new Set([...recipes().values()].map((file) => path.dirname(file))))
  test(`${path.basename(folder)} carries its published figures and our measured band`, () => {
    const { ours, published, reduced = {} } = readExpected(folder);
    for (const name of [...Object.entries(reduced).flat(), ...published.flatMap(({ figure }) => figure?.recipe ?? [])])
      assert.ok(recipes().has(name), `${name} is no recipe`);
    for (const { recipe, seeds, metrics } of ours) {
      assert.ok(recipes().has(recipe), `${recipe} is no recipe`);
      for (const [name, { values, mean, std }] of Object.entries(metrics)) {
        assert.equal(values.length, seeds.length, name);
        const average = values.reduce((a, b) => a + b, 0) / values.length;
        const deviation = Math.sqrt(
          values.reduce((sum, v) => sum + (v - average) ** 2, 0) / Math.max(1, values.length - 1),
        );
        assert.ok(
          Math.abs(mean - average) < 1e-3 * Math.max(1, Math.abs(average)),
          `${name}: mean of ${values} is not ${mean}`,
        );
        assert.ok(Math.abs(std - deviation) < 1e-2 * Math.max(1, deviation), `${name}: std of ${values} is not ${std}`);
      }
    }
  });
