import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { recipes } from '../../src/cli/recipes';
import { readConfig } from '../../src/config/load';
import { prepare } from '../../src/run/prepare';

for (const [name, file] of recipes())
  test(`recipe ${name} is valid, and says in a sentence or two what it shows`, () => {
    const { base } = prepare(readConfig(file), { runsDir: 'runs', where: file });
    const sentences = base.description.split(/[.](?:\s|$)/).filter(Boolean).length;
    assert.ok(sentences >= 1 && sentences <= 3, base.description);
  });

const measured = z.strictObject({
  mean: z.number(),
  std: z.number().min(0),
  values: z.array(z.number()).min(1),
});
/** What a recipe folder's expected.json holds. */
const expected = z.strictObject({
  paper: z.string(),
  published: z.array(z.strictObject({ what: z.string(), value: z.string(), status: z.string() })),
  ours: z.array(
    z.strictObject({
      recipe: z.string(),
      command: z.string(),
      seeds: z.array(z.number().int()).min(1),
      metrics: z.record(z.string(), measured),
      secondsPerSeed: z.number().positive(),
      machine: z.string(),
      engine: z.string(),
      note: z.string().optional(),
    }),
  ),
});

for (const folder of new Set([...recipes().values()].map((file) => path.dirname(file))))
  test(`${path.basename(folder)} carries its published figures and our measured band`, () => {
    const { ours } = expected.parse(JSON.parse(fs.readFileSync(path.join(folder, 'expected.json'), 'utf8')));
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
