import path from 'node:path';
import { writeWhole } from '../core/files';
import { readJournal } from './journal';
import { renderPage } from './page';

/**
 * Writes `artifacts/report.html` of a run folder, whatever state the run is in, and gives its path. The same folder
 * gives the same bytes. Throws KdlabError where run.json cannot be read or the report cannot be written.
 */
export async function writeReport(folder: string): Promise<string> {
  const file = path.join(folder, 'artifacts', 'report.html');
  writeWhole(file, renderPage(await readJournal(folder)));
  return file;
}
