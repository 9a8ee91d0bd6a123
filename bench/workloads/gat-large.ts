import { LARGE } from '../graphs/data';
import { gat } from '../graphs/models';
import { graphWorkload } from '../graphs/training';

export default graphWorkload(gat, LARGE, {
  title: 'GAT, 8 heads of 8, epoch on a graph of 170,000 nodes and 1.2 million edges',
  program: 'gat_pyg.py',
  variants: ['edges'],
});
