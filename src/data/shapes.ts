import { KdlabError } from '../core/errors';
import { Rng, type Stream } from '../math/rng';
import { contentDigest, type Examples, type ImageDataset } from './dataset';
import { SHAPES } from './outlines';

export interface ShapesOptions {
  /** Number of training examples. */
  readonly train?: number;
  /** Number of test examples. */
  readonly test?: number;
  readonly seed?: number;
}

/** Throws KdlabError on a count or seed of a generated data set that cannot be. */
export function checkGenerated(dataset: string, { train, test, seed }: Required<ShapesOptions>): void {
  for (const [name, value, least] of [
    ['train', train, 1],
    ['test', test, 1],
    ['seed', seed, 0],
  ] as const)
    if (!Number.isSafeInteger(value) || value < least)
      throw new KdlabError(`${dataset}: ${name} is ${value}, expected a whole number of at least ${least}`);
}

const SIDE = 28;
const PIXELS = SIDE * SIDE;

/**
 * The generated data set `shapes`: gray images [28, 28, 1] of ten kinds of outlines at random place, angle, size, shear,
 * stroke, brightness and sharpness, with noise. It is made by this program and is not MNIST, nor do its figures
 * compare with those of MNIST.
 *
 * Example i of either part depends on the seed and i only: more examples leave the earlier ones as they are. Labels
 * go round (i mod 10). Throws KdlabError on an impossible count or seed.
 */
export function shapes({ train = 12_000, test = 2_000, seed = 0 }: ShapesOptions = {}): ImageDataset {
  checkGenerated('shapes', { train, test, seed });
  const rng = Rng.root(seed).split('shapes');
  const content = {
    inputShape: [SIDE, SIDE, 1],
    classes: SHAPES.length,
    train: examples(rng.split('train'), train),
    test: examples(rng.split('test'), test),
  } as const;
  return { name: 'shapes', digest: contentDigest(content), source: 'generated', ...content };
}

function examples(rng: Rng, count: number): Examples {
  const images = new Uint8Array(count * PIXELS);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % SHAPES.length);
  labels.forEach((label, i) => {
    render(images.subarray(i * PIXELS, (i + 1) * PIXELS), label, rng.split('example', i));
  });
  return { images, labels, count };
}

function render(target: Uint8Array, label: number, rng: Rng): void {
  const draw = rng.split('shape').stream();
  const outline = SHAPES[label]!.outline(draw);
  const { toShape, scale } = placement(draw);
  const ink = draw.uniform(120, 255);
  /** Width of the edge in pixels: 1 is plain anti-aliasing, more is out of focus. */
  const edge = draw.uniform(1, 2);
  const noise = draw.uniform(5, 40);
  const words = rng.split('noise').words(PIXELS / 4);
  for (let at = 0; at < PIXELS; at++) {
    const [x, y] = toShape((at % SIDE) + 0.5, Math.floor(at / SIDE) + 0.5);
    const coverage = Math.min(1, Math.max(0, 0.5 - (outline(x, y) * scale) / edge));
    // One byte of the drawn words for each pixel: uniform in −1 … 1.
    const grain = ((words[at >> 2]! >>> (8 * (at & 3))) & 255) / 127.5 - 1;
    target[at] = Math.round(Math.min(255, Math.max(0, ink * coverage + noise * grain)));
  }
}

/** From pixel coordinates to those of the outline: shift, turn, shear, size. `scale` is pixels for each unit. */
function placement(draw: Stream): { toShape: (x: number, y: number) => [number, number]; scale: number } {
  const scale = draw.uniform(5, 10.5);
  // No unit circle reaches over the border, though a corner may; nothing moves further than 5 pixels.
  const room = Math.min(5, SIDE / 2 - scale);
  const centreX = SIDE / 2 + draw.uniform(-room, room);
  const centreY = SIDE / 2 + draw.uniform(-room, room);
  const angle = draw.uniform(0, 2 * Math.PI);
  const shear = draw.uniform(-0.25, 0.25);
  const [cos, sin] = [Math.cos(angle) / scale, Math.sin(angle) / scale];
  const toShape = (x: number, y: number): [number, number] => {
    const dx = x - centreX - shear * (y - centreY);
    const dy = y - centreY;
    return [cos * dx + sin * dy, cos * dy - sin * dx];
  };
  return { toShape, scale };
}
