import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const root = path.resolve(__dirname, '..');

function sources(folder: string): string[] {
  const at = path.join(root, folder);
  if (!fs.existsSync(at)) return [];
  return fs
    .readdirSync(at, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.join(folder, file));
}

/** The project files that a file imports, relative to the root. */
function imports(file: string): string[] {
  const text = fs.readFileSync(path.join(root, file), 'utf8');
  const found = [...text.matchAll(/(?:from|import|require)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!);
  return found
    .filter((name) => name.startsWith('.'))
    .map((name) => path.relative(root, path.resolve(root, path.dirname(file), name)));
}

/** What files below a folder may import of the project. */
const RULES: readonly [folder: string, mayImport: readonly string[]][] = [
  ['src/math', ['src/math']],
  ['src/core', ['src/core', 'src/math']],
  ['src/mlflow', ['src/mlflow']],
  ['src', ['src']],
  ['envs', ['envs', 'src']],
  ['graphs', ['graphs', 'src']],
  ['privacy', ['privacy', 'src']],
  ['experiments', ['experiments', 'envs', 'graphs', 'privacy', 'src']],
];

for (const [folder, mayImport] of RULES)
  test(`${folder} imports ${mayImport.join(', ')} only`, () => {
    const strays = sources(folder).flatMap((file) =>
      imports(file)
        .filter((target) => !mayImport.some((allowed) => target === allowed || target.startsWith(`${allowed}/`)))
        .map((target) => `${file} imports ${target}`),
    );
    assert.deepEqual(strays, []);
  });

test('the reader of imports sees them', () => {
  assert.ok(imports('src/core/trainer.ts').includes('src/core/params'));
  assert.ok(imports('src/run/execute.ts').includes('src/core/trainer'));
});

test('nothing draws from an ambient generator or lets tfjs shuffle', () => {
  const banned =
    /Math\.random|util\.shuffle|\.fitDataset\(|model\.fit\(|tf\.(randomNormal|randomUniform|truncatedNormal|multinomial|dropout)\(/;
  const strays = ['src', 'envs', 'graphs', 'privacy', 'experiments']
    .flatMap(sources)
    .filter((file) => banned.test(fs.readFileSync(path.join(root, file), 'utf8')));
  assert.deepEqual(strays, []);
});
