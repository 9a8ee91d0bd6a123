import path from 'node:path';
import { KdlabError } from '../core/errors';
import { contentDigest, type Examples, type ImageDataset, type ImageShape } from './dataset';
import { parseIdx } from './idx';
import { type LocatedFile, type LocateOptions, locate, readVerified } from './locate';
import type { RemoteDataset } from './remote';

/** A data set published as four IDX files of gray images. */
export interface IdxDataset extends RemoteDataset<'trainImages' | 'trainLabels' | 'testImages' | 'testLabels'> {
  readonly classes: number;
  readonly inputShape: readonly [height: number, width: number, channels: 1];
}

/**
 * Finds, verifies and parses the four files. Throws KdlabError where one is absent, has another SHA-256 than
 * published, is not whole, or does not fit the others; the message names the file.
 */
export async function loadIdxDataset(dataset: IdxDataset, options: LocateOptions): Promise<ImageDataset> {
  const files = await locate(dataset, options);
  const { name, classes, inputShape } = dataset;
  const train = readExamples(files.trainImages, files.trainLabels, inputShape, classes);
  const test = readExamples(files.testImages, files.testLabels, inputShape, classes);
  const folders = new Set(Object.values<LocatedFile>(files).map((file) => path.dirname(file.path)));
  const content = { inputShape, classes, train, test };
  return { name, digest: contentDigest(content), source: [...folders].join(', '), ...content };
}

function readExamples(
  imageFile: LocatedFile,
  labelFile: LocatedFile,
  inputShape: ImageShape,
  classes: number,
): Examples {
  const images = parseIdx(readVerified(imageFile), imageFile.path);
  const labels = parseIdx(readVerified(labelFile), labelFile.path);
  const [height, width] = inputShape;
  const count = labels.data.length;
  if (labels.shape.length !== 1) throw misfit(labelFile, `its shape is [${labels.shape}], expected [n]`);
  if (images.shape.length !== 3 || images.shape[1] !== height || images.shape[2] !== width)
    throw misfit(imageFile, `its shape is [${images.shape}], expected [n,${height},${width}]`);
  if (images.shape[0] !== count)
    throw misfit(imageFile, `it holds ${images.shape[0]} images, but ${labelFile.path} holds ${count} labels`);
  const stray = labels.data.find((label) => label >= classes);
  if (stray !== undefined) throw misfit(labelFile, `it holds the label ${stray}, expected 0 to ${classes - 1}`);
  return { images: images.data, labels: labels.data, count };
}

function misfit(file: LocatedFile, what: string): KdlabError {
  return new KdlabError(`${file.path} does not fit its data set: ${what}. Delete it and fetch it again.`);
}
