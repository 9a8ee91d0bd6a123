import { CORA } from '../graphs/data';
import { gcn } from '../graphs/models';
import { graphWorkload } from '../graphs/training';

export default graphWorkload(gcn, CORA, {
  title: "GCN, 16 hidden, epoch on a graph of Cora's size",
  program: 'gcn_pyg.py',
  variants: ['edges', 'edges, sparse x', 'matrix', 'matrix, sparse x'],
});
