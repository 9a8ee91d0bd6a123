import fs from 'node:fs';
import path from 'node:path';
import { recipes } from '../../src/cli/recipes';
import { readConfig } from '../../src/config/load';
import { type Expected, readExpected } from '../../src/reproduce/expected';

/** What was published and what we measured, of every recipe of the family `gnn`, by their names. */
export function graphRecipes(): Expected[] {
  return [...recipes()]
    .filter(([name, file]) => !name.includes('/') && readConfig(file).experiment === 'gnn')
    .map(([, file]) => path.dirname(file))
    .filter((folder) => fs.existsSync(path.join(folder, 'expected.json')))
    .map(readExpected);
}
