import { Rng } from '../math/rng';
import { contentDigest, type Examples, type ImageDataset } from './dataset';
import { checkGenerated, type ShapesOptions } from './shapes';

const ITEMS = 256;
const CLASSES = 20;
/** Share of the items that a kind of customer buys more or less often than others do. */
const OWN = 0.15;

/**
 * The generated data set `baskets`: what customers of 20 kinds bought of 256 items, as images [16, 16, 1] of 0 and 255. Each item
 * has a popularity, and each kind of customer own ones for some items; given its kind a customer's items are independent. Made in
 * the likeness of purchase data, on which attacks on membership are usually tried: many noisy features, of which networks
 * remember single examples. It is not Purchase-100. Throws KdlabError on an impossible count or seed.
 *
 * Example i of either part depends on the seed and i only. Labels go round (i mod 20).
 */
export function baskets({ train = 12_000, test = 4_000, seed = 0 }: ShapesOptions = {}): ImageDataset {
  checkGenerated('baskets', { train, test, seed });
  const rng = Rng.root(seed).split('baskets');
  const popularity = rng.split('popularity').uniform(ITEMS, 0.05, 0.5);
  const kinds = Array.from({ length: CLASSES }, (_, kind) => {
    const own = rng.split('own', kind).uniform(ITEMS);
    const rates = rng.split('rates', kind).uniform(ITEMS, 0.02, 0.9);
    return popularity.map((rate, item) => (own[item]! < OWN ? rates[item]! : rate));
  });
  const part = (of: Rng, count: number): Examples => {
    const labels = Uint8Array.from({ length: count }, (_, i) => i % CLASSES);
    const images = new Uint8Array(count * ITEMS);
    labels.forEach((kind, i) => {
      of.split('customer', i)
        .uniform(ITEMS)
        .forEach((draw, item) => {
          if (draw < kinds[kind]![item]!) images[i * ITEMS + item] = 255;
        });
    });
    return { images, labels, count };
  };
  const content = {
    inputShape: [16, 16, 1],
    classes: CLASSES,
    train: part(rng.split('train'), train),
    test: part(rng.split('test'), test),
  } as const;
  return { name: 'baskets', digest: contentDigest(content), source: 'generated', ...content };
}
