import fs from 'node:fs';
import path from 'node:path';

/** The folder that holds kdlab's package.json: the checkout, or the installed package. */
export const packageRoot = find(__dirname);
/** Where experiment modules stand: beside `src`, in the checkout as in `dist`. */
export const experimentsFolder = path.resolve(__dirname, '../../experiments');
/** The recipes' YAML files; they are not compiled, so in a package they stand at its root. */
export const recipesFolder = path.join(packageRoot, 'experiments');

function find(from: string): string {
  const file = path.join(from, 'package.json');
  if (fs.existsSync(file) && (JSON.parse(fs.readFileSync(file, 'utf8')) as { name?: string }).name === 'kdlab')
    return from;
  return find(path.dirname(from));
}
