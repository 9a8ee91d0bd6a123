import { section } from '../../src/core/section';
import { knownCrossEntropy } from '../known-labels';
import { graphObjective } from '../objective';

/** Cross-entropy averaged over the nodes whose label the student may know. Term `hard` [n]. */
export default graphObjective({
  description: 'cross-entropy of the labelled nodes among all',
  options: section({}),
  build: () => ({
    needs: {},
    teachers: 0,
    coupling: 'batch',
    loss: (student, { batch }) => ({ hard: knownCrossEntropy(student.logits, batch, 'node-labels') }),
  }),
});
