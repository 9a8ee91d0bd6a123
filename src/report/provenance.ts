import { stringify } from 'yaml';
import type { RunRecord } from '../run/record';
import { formatDuration, formatTime } from './format';
import { html, type Markup } from './markup';

/** Everything needed to make the run again: environment, data, commands, resolved configuration. */
export function provenance(record: RunRecord): Markup {
  const { engine, versions, git, hardware, sessions, datasets } = record;
  const commit =
    git === undefined
      ? 'not a git checkout'
      : html`<code>${git.commit}</code> on ${git.branch}${git.dirty ? ', with uncommitted changes' : undefined}`;
  const facts: readonly (readonly [string, Markup | string])[] = [
    ['Run', html`<code>${record.id}</code>`],
    ['Experiment', record.experiment],
    ['Seed', String(record.seed)],
    ['Configuration hash', html`<code>${record.configHash}</code>`],
    ['Started', formatTime(record.startedAt)],
    ...(record.endedAt === undefined ? [] : [['Ended', formatTime(record.endedAt)] as const]),
    [
      'Computing time',
      `${formatDuration(record.seconds)} in ${sessions.length} session${sessions.length === 1 ? '' : 's'}`,
    ],
    ['Engine', `${engine.name}, ${engine.threads} thread${engine.threads === 1 ? '' : 's'}: ${engine.reason}`],
    [
      'Versions',
      Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
    ],
    ['Source code', commit],
    ['Hardware', `${hardware.cpu}, ${hardware.cores} cores, ${hardware.memoryGiB} GiB memory`],
    ['System', hardware.os],
    ['User', record.user],
  ];
  return html`<section aria-labelledby="provenance"><h2 id="provenance">How it was made</h2>
<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
<div><dt>Data</dt><dd>${datasets.length === 0 ? 'no data set' : datasets.map(datasetLine)}</dd></div>
<div><dt>Command${sessions.length === 1 ? undefined : 's'}</dt><dd>${sessions.map(
    ({ startedAt, command }) => html`<p><code>${command}</code><small>${formatTime(startedAt)}</small></p>`,
  )}</dd></div></dl>
<details><summary>Resolved configuration</summary><pre>${stringify(record.config)}</pre></details></section>`;
}

function datasetLine({ name, digest, source }: RunRecord['datasets'][number]): Markup {
  return html`<p>${name}, from ${source}<small><code>${digest}</code></small></p>`;
}
