import { createHash } from 'node:crypto';

/** Height, width, channels. */
export type ImageShape = readonly [height: number, width: number, channels: number];

export interface Examples {
  /** Pixels 0 … 255, [count, height, width, channels] in row-major order. */
  readonly images: Uint8Array;
  /** Class numbers, [count]. */
  readonly labels: Uint8Array;
  readonly count: number;
  /** The numbers that bytes 0 and 255 stand for; default [0, 1]. */
  readonly range?: readonly [low: number, high: number];
}

export interface ImageDataset {
  readonly name: string;
  /** SHA-256 (hex) of the content, see `contentDigest`: the same wherever and however the files are stored. */
  readonly digest: string;
  /** The folder the files came from, or 'generated'. */
  readonly source: string;
  readonly inputShape: ImageShape;
  readonly classes: number;
  readonly train: Examples;
  readonly test: Examples;
}

/** SHA-256 (hex) over shape, number of classes, counts, pixels and labels of both parts. */
export function contentDigest(content: Pick<ImageDataset, 'inputShape' | 'classes' | 'train' | 'test'>): string {
  const { inputShape, classes, train, test } = content;
  const hash = createHash('sha256').update(
    JSON.stringify({ inputShape, classes, train: train.count, test: test.count }),
  );
  for (const part of [train, test]) hash.update(part.images).update(part.labels);
  return hash.digest('hex');
}
