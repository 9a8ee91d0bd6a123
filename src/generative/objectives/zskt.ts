import * as tf from '@tensorflow/tfjs';
import { objective } from '../../core/objective';
import { section } from '../../core/section';
import { kl } from '../../math/divergence';

/**
 * Micaelli and Storkey, "Zero-shot Knowledge Transfer via Adversarial Belief Matching" (ZSKT), 2019 (arXiv:1905.09768):
 * the generator seeks images on which the student differs from the teacher, −KL(p_t ‖ p_s). Term `belief` [n].
 */
export default objective({
  description: 'images on which the student differs from the teacher (ZSKT, Micaelli 2019)',
  paper: 'arXiv:1905.09768',
  options: section({}),
  build: () => ({
    needs: { student: ['student'] },
    teachers: 0,
    coupling: 'example',
    loss: ({ logits, taps }) => ({ belief: tf.neg<tf.Tensor1D>(kl(logits, taps.student as tf.Tensor2D)) }),
  }),
});
