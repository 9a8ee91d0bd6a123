import fs from 'node:fs';
import path from 'node:path';

export interface GoldenEpisode {
  readonly initialState: readonly number[];
  readonly actions: readonly number[];
  readonly states: readonly (readonly number[])[];
  readonly observations: readonly (readonly number[])[];
  readonly rewards: readonly number[];
  readonly terminated: readonly boolean[];
  readonly truncated: readonly boolean[];
}

const folder = process.env.KDLAB_GOLDEN ?? path.resolve(__dirname, '../../../shared/golden');

/** Trajectories of the real Gymnasium, or the reason why they are not here. */
export function goldenEpisodes(id: string): readonly GoldenEpisode[] | string {
  const file = path.join(folder, 'envs', `${id}.json`);
  if (!fs.existsSync(file)) return `no reference trajectories at ${file}; set KDLAB_GOLDEN to their folder`;
  return (JSON.parse(fs.readFileSync(file, 'utf8')) as { episodes: GoldenEpisode[] }).episodes;
}
