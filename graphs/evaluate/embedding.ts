import { UMAP } from 'umap-js';
import { principalComponents } from '../../src/math/principal-components';
import type { Rng } from '../../src/math/rng';

/** Rows of numbers laid out in the plane. */
export interface Layout {
  readonly method: 'PCA' | 'UMAP';
  readonly points: readonly (readonly [number, number])[];
  /** Share of the variance that the plane holds; of PCA alone. */
  readonly share?: number;
}

/** Neighbours by which UMAP knows what lies near, its usual number. */
const NEIGHBORS = 15;
const EPOCHS = 300;

/**
 * `values` [rows, columns] by its first two principal components, and by UMAP (McInnes et al. 2018, arXiv:1802.03426) where
 * there are enough rows for its neighbours. The same `rng` gives the same layouts.
 */
export function layouts(values: Float32Array, columns: number, rng: Rng): Layout[] {
  const rows = values.length / columns;
  if (rows < 3 || columns < 2) return [];
  const { scores, shares } = principalComponents(values, { rows, columns, count: 2, rng: rng.split('pca') });
  const pca: Layout = {
    method: 'PCA',
    points: Array.from({ length: rows }, (_, i) => [scores[2 * i]!, scores[2 * i + 1]!] as const),
    share: shares[0]! + shares[1]!,
  };
  if (rows <= 2 * NEIGHBORS) return [pca];
  const stream = rng.split('umap').stream();
  const umap = new UMAP({ nNeighbors: NEIGHBORS, nEpochs: EPOCHS, random: () => stream.uniform() });
  const points = umap.fit(
    Array.from({ length: rows }, (_, i) => Array.from(values.subarray(i * columns, (i + 1) * columns))),
  );
  return [pca, { method: 'UMAP', points: points.map(([x, y]) => [x!, y!] as const) }];
}
