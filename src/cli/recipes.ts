import fs from 'node:fs';
import path from 'node:path';
import { KdlabError } from '../core/errors';
import { unknownName } from '../core/section';
import { recipesFolder } from '../run/package-root';

/** A folder of sweeps beside those of recipes. */
const SWEEPS = 'sweeps';

/** Every recipe's configuration by name: `<folder>` for its config.yaml, `<folder>/<file>` for variants. */
export function recipes(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const entry of fs
    .readdirSync(recipesFolder, { withFileTypes: true })
    .filter((e) => e.isDirectory() && e.name !== SWEEPS)) {
    const folder = path.join(recipesFolder, entry.name);
    for (const file of fs
      .readdirSync(folder)
      .filter((name) => name.endsWith('.yaml'))
      .sort())
      found.set(
        file === 'config.yaml' ? entry.name : `${entry.name}/${path.basename(file, '.yaml')}`,
        path.join(folder, file),
      );
  }
  return found;
}

/** The file behind a path or a recipe's name. Throws KdlabError naming the nearest recipe. */
export function configFile(config: string): string {
  const known = recipes();
  const recipe = known.get(config);
  if (recipe !== undefined) return recipe;
  if (fs.existsSync(config)) {
    const inside = path.join(config, 'config.yaml');
    return fs.statSync(config).isDirectory() && fs.existsSync(inside) ? inside : config;
  }
  if (/\.ya?ml$/.test(config))
    throw new KdlabError(`there is no file ${path.resolve(config)}; "kdlab list recipes" shows the built-in ones`);
  throw new KdlabError(unknownName('recipe', config, [...known.keys()]));
}

/** The shipped sweeps by name. */
export function sweeps(): ReadonlyMap<string, string> {
  const folder = path.join(recipesFolder, SWEEPS);
  const files = fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => name.endsWith('.yaml')) : [];
  return new Map(files.sort().map((file) => [path.basename(file, '.yaml'), path.join(folder, file)]));
}

/** The file behind a path or a shipped sweep's name. Throws KdlabError naming the nearest one. */
export function sweepFile(sweep: string): string {
  const shipped = sweeps().get(sweep);
  if (shipped !== undefined) return shipped;
  if (fs.existsSync(sweep) && fs.statSync(sweep).isFile()) return sweep;
  if (/\.ya?ml$/.test(sweep)) throw new KdlabError(`there is no file ${path.resolve(sweep)}`);
  throw new KdlabError(unknownName('sweep', sweep, [...sweeps().keys()]));
}
