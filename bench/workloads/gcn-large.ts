import { LARGE } from '../graphs/data';
import { gcn } from '../graphs/models';
import { graphWorkload } from '../graphs/training';

export default graphWorkload(gcn, LARGE, {
  title: 'GCN, 16 hidden, epoch on a graph of 170,000 nodes and 1.2 million edges',
  program: 'gcn_pyg.py',
  variants: ['edges', 'matrix'],
});
