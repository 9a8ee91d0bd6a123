import { CORA } from '../graphs/data';
import { gat } from '../graphs/models';
import { graphWorkload } from '../graphs/training';

export default graphWorkload(gat, CORA, {
  title: "GAT, 8 heads of 8, epoch on a graph of Cora's size",
  program: 'gat_pyg.py',
  variants: ['edges', 'edges, sparse x'],
});
