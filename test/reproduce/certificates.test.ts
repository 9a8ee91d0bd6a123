import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { configFile } from '../../src/cli/recipes';
import { readConfig } from '../../src/config/load';
import {
  type Certificate,
  judgeAgain,
  keptCertificates,
  readCertificate,
  recipeHash,
} from '../../src/reproduce/certificate';
import { reproductionsDocument } from '../../src/reproduce/document';
import { packageRoot, recipesFolder } from '../../src/run/package-root';
import { prepare } from '../../src/run/prepare';
import { kdlab, temporaryFolder } from '../support/kdlab';

const folder = temporaryFolder('certificates');
after(() => fs.rmSync(folder, { recursive: true }));
const kept = keptCertificates(recipesFolder);

for (const [file, certificate] of kept)
  test(`${path.relative(packageRoot, file)}: its verdict follows from its values, and its recipe is still the same`, () => {
    const { verdict, reason, figures } = judgeAgain(certificate);
    assert.deepEqual([certificate.verdict, certificate.reason], [verdict, reason]);
    for (const [i, { mean, agrees }] of certificate.figures.entries())
      assert.deepEqual([mean, agrees], [figures[i]!.mean, figures[i]!.agrees]);
    for (const { recipe, configHash } of certificate.recipes) {
      const { config } = prepare(readConfig(configFile(recipe)), { runsDir: 'runs', where: recipe });
      assert.equal(recipeHash(config), configHash, `${recipe} has changed since: run it again with --keep`);
    }
  });

test('docs/reproductions.md is what the kept certificates give', () => {
  const file = path.join(packageRoot, 'docs', 'reproductions.md');
  assert.equal(fs.readFileSync(file, 'utf8'), reproductionsDocument([...kept.values()]));
});

test('a kept certificate made again: same configuration, same figures', async () => {
  const { stdout, stderr } = await kdlab(
    ['reproduce', 'policy-cartpole', '--tiny', '--seeds', '0', '--workers', '1', '--json', '--runs-dir', folder],
    { env: { XDG_CACHE_HOME: path.join(folder, 'cache') } },
  );
  assert.notEqual(stdout, '', stderr);
  const { files, ...made } = JSON.parse(stdout) as Certificate & { files: string[] };
  assert.deepEqual(readCertificate(files[0]!), made);
  const before = kept.get(path.join(recipesFolder, 'policy-cartpole', 'certificates', 'tiny.json'))!;
  assert.deepEqual(
    made.recipes.map((each) => each.configHash),
    before.recipes.map((each) => each.configHash),
  );
  assert.equal(made.verdict, 'not reproduced');
  for (const [i, { mean }] of made.figures.entries()) {
    const earlier = before.figures[i]!.mean;
    // Engines agree to float32 only, and a policy may act otherwise for it.
    assert.ok(Math.abs(mean - earlier) <= 0.2 * Math.abs(earlier), `${mean}, before ${earlier}`);
  }
});

test('a paper that is not there, and exclusive options, are refused', async () => {
  const { code, stderr } = await kdlab(['reproduce', 'hinton-mnis', '--runs-dir', folder]);
  assert.equal(code, 2);
  assert.match(stderr, /unknown paper "hinton-mnis"; did you mean "hinton-mnist"/);
});
