import fs from 'node:fs';
import path from 'node:path';

/** A point of published accountants. */
export interface Point {
  readonly mechanisms: readonly (readonly [sampleRate: number, noiseMultiplier: number, steps: number])[];
  readonly delta: number;
  readonly note?: string;
  readonly rdp_dp_accounting: { epsilon: number; optimal_order: number };
  readonly rdp_classic_mironov: { epsilon: number };
  readonly pld?: { epsilon_upper?: number | null; epsilon_lower?: number | null };
  readonly prv?: { epsilon_lower?: number; epsilon_upper?: number; epsilon_estimate?: number; note?: string };
  readonly rdp_at_orders_exact_opacus: Readonly<Record<string, number>>;
}

const folder = path.join(process.env.KDLAB_GOLDEN ?? path.resolve(__dirname, '../../../../shared/golden'), 'privacy');

export const skip = fs.existsSync(folder) ? false : 'golden values are absent; set KDLAB_GOLDEN';

/** The content of a file of golden values. */
export function golden<T>(name: string): T {
  return JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')) as T;
}

export const points: readonly Point[] =
  skip === false
    ? ['dpsgd-grid.json', 'dpsgd-composition.json'].flatMap((name) => golden<{ points: Point[] }>(name).points)
    : [];

export const mechanismsOf = ({ mechanisms }: Point) =>
  mechanisms.map(([sampleRate, noiseMultiplier, steps]) => ({ sampleRate, noiseMultiplier, steps }));

export const relative = (ours: number, theirs: number) => Math.abs(ours - theirs) / Math.max(Math.abs(theirs), 1e-300);
