import { labelsOf } from '../core/lesson';
import { objective } from '../core/objective';
import { section } from '../core/section';
import { crossEntropy } from '../math/divergence';

/** −log softmax(z_s)[y]: ordinary supervised training. logits [n,c] → term `hard` [n]. */
export default objective({
  description: 'cross-entropy with the labels: training without a teacher',
  options: section({}),
  build: () => ({
    needs: {},
    teachers: 0,
    coupling: 'example',
    loss: (student, { batch }) => ({ hard: crossEntropy(student.logits, labelsOf(batch, 'cross-entropy')) }),
  }),
});
