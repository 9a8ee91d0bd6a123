import { z } from 'zod';
import { section } from '../../src/core/section';
import { wrapper } from '../wrapper';

export default wrapper({
  description: 'truncates episodes after this many steps, instead of the registered limit',
  options: section({ maxEpisodeSteps: z.number().int().positive() }),
  wrap: (dynamics, { maxEpisodeSteps }) => ({ ...dynamics, maxEpisodeSteps }),
});
