import { CORA } from '../graphs/data';
import { sage } from '../graphs/models';
import { graphWorkload } from '../graphs/training';

export default graphWorkload(sage, CORA, {
  title: "GraphSAGE, 64 hidden, epoch on a graph of Cora's size",
  program: 'sage_pyg.py',
  variants: ['edges', 'matrix'],
});
