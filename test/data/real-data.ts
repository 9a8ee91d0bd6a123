import fs from 'node:fs';
import path from 'node:path';

/** Folders where published data may lie beside the repository. */
const PLACES = [process.env.KDLAB_DATA, path.join(__dirname, '..', '..', '..', 'shared', 'datasets')];

/** The data folder that holds `file`, for example mnist/…; undefined where there is none. */
export function realData(file: string): string | undefined {
  return PLACES.find((place) => place !== undefined && place !== '' && fs.existsSync(path.join(place, file)));
}

/** What to give a test as `skip`. */
export function unlessReal(file: string): string | false {
  return realData(file) === undefined && `${file} is absent: set KDLAB_DATA to the folder that holds it to run this`;
}
