import { SingleBar } from 'cli-progress';
import { type DatasetReport, fetchDataset, listDatasets, verifyDataset } from '../data/registry';
import type { SharedOptions } from './options';

/** `kdlab datasets list | fetch | verify`. Exit code 1 where a data set is not complete and correct. */
export async function datasets(
  verb: 'list' | 'fetch' | 'verify',
  name: string | undefined,
  options: SharedOptions,
): Promise<void> {
  const where = options.dataDir === undefined ? {} : { dataDir: options.dataDir };
  if (verb === 'list') {
    const all = listDatasets().map((each) => ({ ...each, present: verifyDataset(each.name, where).ok }));
    const lines = all.map(
      ({ name: id, description, present }) => `${id.padEnd(10)} ${present ? 'present' : 'absent '}  ${description}\n`,
    );
    process.stdout.write(options.json === true ? `${JSON.stringify(all)}\n` : lines.join(''));
    return;
  }
  const report = verb === 'verify' ? verifyDataset(name!, where) : await fetchWithBar(name!, where);
  process.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : describe(report));
  if (!report.ok) process.exitCode = 1;
}

async function fetchWithBar(name: string, where: { dataDir?: string }): Promise<DatasetReport> {
  const bar = new SingleBar({ format: '{file} {bar} {percentage}% · {eta_formatted} left', gracefulExit: false });
  let current = '';
  try {
    return await fetchDataset(name, {
      ...where,
      onProgress: ({ file, received, total }) => {
        if (file !== current) {
          bar.stop();
          bar.start(total, 0, { file });
          current = file;
        }
        bar.update(received);
      },
    });
  } finally {
    bar.stop();
  }
}

function describe({ name, ok, files }: DatasetReport): string {
  if (files.length === 0) return `${name} is generated; there is nothing to fetch or verify\n`;
  const lines = files.map(({ file, status, path, expected, found }) => {
    if (status === 'ok') return `  ok       ${path}`;
    if (status === 'missing') return `  missing  ${file} (SHA-256 ${expected})`;
    return `  wrong    ${path}\n           SHA-256 ${found}, expected ${expected}; delete it and fetch again`;
  });
  return `${name}: ${ok ? 'complete and correct' : 'not complete'}\n${lines.join('\n')}\n`;
}
