import fs from 'node:fs';
import path from 'node:path';
import * as training from '../../src/config/training';
import type { Named } from '../../src/core/named';
import { describeAll } from '../../src/core/resolve';
import type { GradientEstimator } from '../../src/core/types';

/** Where every experiment finds its estimators: the private ones serve every domain. */
const ESTIMATORS = [path.resolve(__dirname, '../../privacy/estimators'), training.FOLDERS.estimators].filter((folder) =>
  fs.existsSync(folder),
);

/** The keys of an update (learning rate, optimizer, estimator) with every estimator there is. */
export const updateShape = training.updateShape(ESTIMATORS);

export function buildEstimator(part: Named): GradientEstimator {
  return training.buildEstimator(part, ESTIMATORS);
}

/** The shared parts with one line each, the estimators of all domains among them. */
export function sharedCatalogue(): ReturnType<typeof training.sharedCatalogue> {
  return { ...training.sharedCatalogue(), estimators: describeAll('estimator', ESTIMATORS) };
}
