import { KdlabError } from '../../src/core/errors';
import type { ResetParameters } from '../dynamics';

/** Names of the bounds that classic control's start distributions take. */
export const BOUNDS = ['low', 'high'] as const;

/** The bounds of a uniform start distribution, each as given or its default. Throws a KdlabError where low > high. */
export function startBounds(
  id: string,
  parameters: ResetParameters | undefined,
  low: number,
  high: number,
): readonly [low: number, high: number] {
  const from = parameters?.low ?? low;
  const to = parameters?.high ?? high;
  if (!(Number.isFinite(from) && Number.isFinite(to) && from <= to))
    throw new KdlabError(`${id}: a start is drawn between finite low <= high, found low ${from}, high ${to}`);
  return [from, to];
}
