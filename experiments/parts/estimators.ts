import fs from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import * as training from '../../src/config/training';
import type { Named } from '../../src/core/named';
import { describeAll } from '../../src/core/resolve';
import type { Learner } from '../../src/core/step';
import type { GradientEstimator, Model, Objective } from '../../src/core/types';

/** Where every experiment finds its estimators: the private ones serve every domain. */
const ESTIMATORS = [path.resolve(__dirname, '../../privacy/estimators'), training.FOLDERS.estimators].filter((folder) =>
  fs.existsSync(folder),
);

/** The keys of an update (learning rate, optimizer, estimator) with every estimator there is. */
export const updateShape = training.updateShape(ESTIMATORS);

/** What `updateShape` validates. */
export type Updates = { [key in keyof typeof updateShape]: z.output<(typeof updateShape)[key]> };

export function buildEstimator(part: Named): GradientEstimator {
  return training.buildEstimator(part, ESTIMATORS);
}

/** A model that is trained, its gradient made and applied as a section of the configuration says. */
export function learnerOf(name: string, student: Model, objective: Objective, updates: Updates): Learner {
  return {
    name,
    student,
    objective,
    estimator: buildEstimator(updates.estimator),
    optimizer: training.buildOptimizer(updates.optimizer),
    learningRate: updates.learningRate,
  };
}

/** The shared parts with one line each, the estimators of all domains among them. */
export function sharedCatalogue(): ReturnType<typeof training.sharedCatalogue> {
  return { ...training.sharedCatalogue(), estimators: describeAll('estimator', ESTIMATORS) };
}
