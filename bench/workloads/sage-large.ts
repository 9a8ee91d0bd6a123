import { LARGE } from '../graphs/data';
import { sage } from '../graphs/models';
import { graphWorkload } from '../graphs/training';

export default graphWorkload(sage, LARGE, {
  title: 'GraphSAGE, 64 hidden, epoch on a graph of 170,000 nodes and 1.2 million edges',
  program: 'sage_pyg.py',
  variants: ['edges', 'matrix'],
});
