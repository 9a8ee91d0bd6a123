import fs from 'node:fs';
import path from 'node:path';
import { packageRoot } from './package-root';

const manifest = JSON.parse(fs.readFileSync(path.join(packageRoot, 'package.json'), 'utf8')) as {
  readonly version: string;
  readonly license: string;
};

export const version = manifest.version;
export const licence = manifest.license;
