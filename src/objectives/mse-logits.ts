import { objective } from '../core/objective';
import { section } from '../core/section';
import { meanSquaredError } from '../math/divergence';

/**
 * Ba and Caruana, "Do Deep Nets Really Need to be Deep?", 2014 (arXiv:1312.6184), eq. 1, with the mean over
 * classes in place of half the sum. logits [n,c] → term `mse` [n].
 */
export default objective({
  description: 'mean squared difference of the logits (Ba and Caruana 2014)',
  paper: 'arXiv:1312.6184',
  options: section({}),
  build: () => ({
    needs: { teacher: ['logits'] },
    teachers: 1,
    coupling: 'example',
    loss: (student, { teachers }) => ({ mse: meanSquaredError(teachers[0]!.logits, student.logits) }),
  }),
});
