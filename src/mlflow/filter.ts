import { MlflowError } from './errors';

/** Attributes of a run that filters and orders may name. */
export type Attribute = 'run_id' | 'run_name' | 'status' | 'artifact_uri' | 'user_id' | 'start_time' | 'end_time';

type Text = '=' | '!=' | 'LIKE' | 'ILIKE';
type Order = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** A condition of MLflow's search grammar, which joins conditions by AND and knows no OR. */
export class Filter {
  private constructor(readonly text: string) {}

  static metric(key: string, comparator: Order, value: number): Filter {
    // The grammar has no word for them, and the server would look for a metric called NaN.
    if (!Number.isFinite(value)) throw new MlflowError(`metric "${key}" cannot be compared with ${value} in a filter`);
    return new Filter(`metrics.${quotedKey(key)} ${comparator} ${value}`);
  }

  static param(key: string, comparator: Text, value: string): Filter {
    return new Filter(`params.${quotedKey(key)} ${comparator} ${quoted(value)}`);
  }

  static tag(key: string, comparator: Text, value: string): Filter {
    return new Filter(`tags.${quotedKey(key)} ${comparator} ${quoted(value)}`);
  }

  /** Runs that have, or have not, a parameter or tag of this name. */
  static has(kind: 'params' | 'tags', key: string, present = true): Filter {
    return new Filter(`${kind}.${quotedKey(key)} IS ${present ? 'NOT ' : ''}NULL`);
  }

  static attribute(name: 'start_time' | 'end_time', comparator: Order, value: number): Filter;
  static attribute(name: Exclude<Attribute, 'start_time' | 'end_time'>, comparator: Text, value: string): Filter;
  static attribute(name: Attribute, comparator: Order | Text, value: number | string): Filter {
    return new Filter(`attributes.${name} ${comparator} ${typeof value === 'number' ? value : quoted(value)}`);
  }

  /** Runs of these ids; other attributes cannot be compared with a list. */
  static runIds(ids: readonly string[]): Filter {
    if (ids.length === 0) throw new MlflowError('a filter by run ids needs at least one id');
    return new Filter(`attributes.run_id IN (${ids.map(quoted).join(', ')})`);
  }

  static dataset(name: 'name' | 'digest' | 'context', comparator: Text, value: string): Filter {
    return new Filter(`datasets.${name} ${comparator} ${quoted(value)}`);
  }

  and(...others: readonly Filter[]): Filter {
    return new Filter([this, ...others].map(({ text }) => text).join(' AND '));
  }

  toString(): string {
    return this.text;
  }
}

/** A value in quotes. The grammar has no escapes: a value with both kinds of quotes cannot be written. */
export function quoted(value: string): string {
  if (!value.includes("'")) return `'${value}'`;
  if (!value.includes('"')) return `"${value}"`;
  throw new MlflowError(`a filter cannot hold a value with both kinds of quotes: ${value}`);
}

function quotedKey(key: string): string {
  if (key.includes('`')) throw new MlflowError(`a filter cannot hold a name with a backtick: ${key}`);
  return `\`${key}\``;
}
