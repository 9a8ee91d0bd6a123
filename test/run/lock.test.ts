import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { KdlabError } from '../../src/core/errors';
import { lockFile } from '../../src/run/lock';
import { temporaryFolder } from '../support/kdlab';

const folder = temporaryFolder('lock');
after(() => fs.rmSync(folder, { recursive: true }));

test('holds until it is freed, against any living process', () => {
  const file = path.join(folder, 'a.lock');
  const free = lockFile(file);
  assert.equal(fs.readFileSync(file, 'utf8'), String(process.pid));
  free();
  assert.ok(!fs.existsSync(file));
  fs.writeFileSync(file, String(process.ppid));
  assert.throws(
    () => lockFile(file),
    (error) => error instanceof KdlabError && error.message.includes(`process ${process.ppid}`),
  );
  assert.equal(fs.readFileSync(file, 'utf8'), String(process.ppid), 'the holder keeps it');
});

for (const [what, content] of [
  ['of a process that is gone', () => String(spawnSync(process.execPath, ['-e', '0']).pid)],
  ['torn by a crash', () => ''],
  ['of this process', () => String(process.pid)],
] as const)
  test(`a lock ${what} is taken over`, () => {
    const file = path.join(folder, 'b.lock');
    fs.writeFileSync(file, content());
    lockFile(file)();
    assert.deepEqual(
      fs.readdirSync(folder).filter((name) => name.startsWith('b.lock')),
      [],
    );
  });
