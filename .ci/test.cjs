// Runs node's test runner over test/**/*.test.ts, or over the files given. Node 20 does not expand globs itself.
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.resolve(__dirname, '..');
const chosen = process.argv.slice(2);
const files =
  chosen.length > 0
    ? chosen
    : fs
        .readdirSync(path.join(root, 'test'), { recursive: true })
        .filter((file) => file.endsWith('.test.ts'))
        .map((file) => path.join('test', file))
        .sort();
const { status } = spawnSync(
  process.execPath,
  [
    '--require',
    'ts-node/register',
    '--test',
    `--test-concurrency=${Math.max(1, os.availableParallelism())}`,
    '--test-reporter=spec',
    ...files,
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, MLFLOW_TRACKING_URI: '' } },
);
process.exit(status ?? 1);
