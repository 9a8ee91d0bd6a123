import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { methodsPage } from '../../experiments/parts/methods-page';
import { FOLDERS } from '../../src/config/training';
import { namesIn } from '../../src/core/resolve';

const page = methodsPage([FOLDERS.objectives]);

test('docs/methods.md is what the files say', () => {
  const file = path.resolve(__dirname, '../../docs/methods.md');
  assert.equal(fs.readFileSync(file, 'utf8'), page, 'run `kdlab methods --write docs/methods.md`');
});

test('every method has a row with its options and their defaults', () => {
  for (const name of namesIn([FOLDERS.objectives]))
    assert.match(page, new RegExp(`^\\| \`${name}\` \\| .{9,}\\|$`, 'm'));
  assert.match(page, /^\| `kd` .*`temperature` 4, `alpha` 0\.9 \| \[arXiv:1503\.02531\]/m);
});
