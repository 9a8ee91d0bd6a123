import { KdlabError } from '../../../src/core/errors';
import type { Release } from '../mechanism';
import { gaussianBase, laplaceBase, randomizedResponseBase } from './bases';
import { type Loss, sampledLoss } from './loss';

/**
 * The privacy losses of one release: of an example removed, and of one added. Of a Gaussian, `missing` is the mass that may
 * lie beyond the ends. Throws KdlabError for a mechanism whose dominating pair is not known here.
 */
export function lossesOf(mechanism: Release, { missing }: { missing: number }): readonly [Loss, Loss] {
  const both = (base: ReturnType<typeof laplaceBase>, rate: number) =>
    [sampledLoss(base, rate, 'remove'), sampledLoss(base, rate, 'add')] as const;
  if (mechanism.kind === 'laplace') return both(laplaceBase(mechanism.noiseMultiplier), mechanism.sampleRate);
  if (mechanism.kind === 'randomized-response')
    return both(randomizedResponseBase(mechanism.truth, mechanism.categories), 1);
  if (mechanism.kind === 'gaussian-without-replacement')
    throw new KdlabError(
      'samples without replacement have no privacy loss distribution here; take the accountant rdp, whose bound holds for them',
    );
  const reach = Math.sqrt(-2 * Math.log(missing));
  return both(gaussianBase(mechanism.noiseMultiplier, reach), mechanism.sampleRate);
}
