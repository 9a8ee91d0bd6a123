import { section } from '../../src/core/section';
import { Box } from '../spaces';
import { changed, wrapper } from '../wrapper';

export default wrapper({
  description: 'shows boards as vectors, row by row, for networks of dense layers',
  options: section({}),
  wrap: (dynamics) => {
    const { low, high, size } = dynamics.observationSpace;
    return changed(dynamics, () => ({
      observationSpace: new Box({ low: Array.from(low), high: Array.from(high), shape: [size] }),
    }));
  },
});
