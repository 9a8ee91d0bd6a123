import type { Json } from '../core/state';
import type { RawConfig } from './load';

/**
 * A configuration by dotted paths: `student.objective.0.kd.temperature` → 4. Lists of plain values are one value, other
 * lists go by index. `branches` adds the paths of what holds others, such as `student.model`.
 */
export function dotted(config: RawConfig, { branches = false } = {}): Map<string, Json> {
  const out = new Map<string, Json>();
  const add = (path: string, value: Json): void => {
    const entries = value !== null && typeof value === 'object' ? Object.entries(value as RawConfig) : [];
    const leaf =
      entries.length === 0 ||
      (Array.isArray(value) && value.every((item) => item === null || typeof item !== 'object'));
    if (path !== '' && (leaf || branches)) out.set(path, value);
    if (!leaf)
      for (const [key, below] of entries) if (below !== undefined) add(path === '' ? key : `${path}.${key}`, below);
  };
  add('', config);
  return out;
}
