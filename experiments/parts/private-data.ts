import fs from 'node:fs';
import path from 'node:path';
import type { Release } from '../../privacy/accounting/accountant';
import type { FeatureDefinition } from '../../privacy/feature';
import { KdlabError } from '../../src/core/errors';
import { writeWhole } from '../../src/core/files';
import { type Named, nameOf } from '../../src/core/named';
import { resolveNamed } from '../../src/core/resolve';
import { decodeState, encodeState } from '../../src/core/snapshot';
import type { Examples, ImageDataset } from '../../src/data/dataset';
import { cryptographicNormal } from '../../src/math/cryptographic-noise';
import type { Rng } from '../../src/math/rng';

/** Where features are found by name. */
export const FEATURES = [path.resolve(__dirname, '../../privacy/features')];

/** Numbers of training examples, disjoint. */
export interface Parts {
  readonly public: Int32Array;
  readonly private: Int32Array;
}

/** Public and private examples in a random order's. Throws KdlabError where there are too few. */
export function divide(
  wanted: { readonly public: number; readonly train?: number | undefined },
  count: number,
  order: Int32Array,
): Parts {
  const left = count - wanted.public;
  const kept = wanted.train ?? left;
  if (left < 1 || kept > left)
    throw new KdlabError(
      `dataset: ${wanted.public} public and ${kept} private examples are more than the ${count} there are`,
    );
  return {
    public: order.slice(0, wanted.public).sort(),
    private: order.slice(wanted.public, wanted.public + kept).sort(),
  };
}

/**
 * The data as features, where they are asked for: training examples that nobody uses are left out, the others numbered anew.
 * What features release of private examples is kept with the run, so that it is released once.
 */
export function featured(
  { features, research }: { features: Named | undefined; research: boolean },
  dataset: ImageDataset,
  parts: Parts,
  of: { rng: Rng; runFolder: string | undefined; notify: (message: string) => void },
): { dataset: ImageDataset; parts: Parts; charges: readonly Release[] } {
  if (features === undefined) return { dataset, parts, charges: [] };
  const { name, options } = nameOf(features);
  of.notify(`computing features: ${name}`);
  const count = parts.private.length;
  const numbered: Parts = {
    private: Int32Array.from({ length: count }, (_, i) => i),
    public: Int32Array.from(parts.public, (_, i) => count + i),
  };
  const kept = of.runFolder === undefined ? undefined : path.join(of.runFolder, `privacy-release-${name}.safetensors`);
  const made = resolveNamed<FeatureDefinition>('features', FEATURES, name).build(options, {
    dataset: { ...dataset, train: chosen(dataset.train, [...parts.private, ...parts.public]) },
    indices: numbered.private,
    rng: of.rng,
    normal: (size) => (research ? of.rng.split('noise').normal(size) : cryptographicNormal(size)),
    released: (make) => {
      if (kept !== undefined && fs.existsSync(kept)) return decodeState(fs.readFileSync(kept)).released as Float32Array;
      const released = make();
      if (kept !== undefined) writeWhole(kept, encodeState({ released }));
      return released;
    },
  });
  return { ...made, parts: numbered };
}

function chosen(examples: Examples, ids: readonly number[]): Examples {
  const size = examples.images.length / examples.count;
  const images = new Uint8Array(ids.length * size);
  ids.forEach((id, row) => {
    images.set(examples.images.subarray(id * size, (id + 1) * size), row * size);
  });
  return { ...examples, images, labels: Uint8Array.from(ids, (id) => examples.labels[id]!), count: ids.length };
}
