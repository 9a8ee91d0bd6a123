import type { Comparison } from './comparison';

/** The comparison as one object, stable for scripts. Values that are not finite are null. */
export function toJson({ groups, charts, ...rest }: Comparison): Record<string, unknown> {
  return {
    ...rest,
    groups: groups.map(({ runs, models, ...group }) => ({
      ...group,
      runs: runs.map(({ record }) => record.id),
      models,
    })),
    charts,
  };
}
