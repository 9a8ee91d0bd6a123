import { dotted } from '../config/dotted';
import type { RawConfig } from '../config/load';
import { paretoFront } from '../math/pareto';
import type { Group, ModelOverSeeds, OverSeeds } from './groups';

/** The metrics that a private run calls its budget and what an attacker gains over guessing. */
const EPSILON = 'privacy/epsilon';
const DELTA = 'privacy/delta';
const ADVANTAGE = 'attack/advantage';

/** A model between what it is worth and what it gives away. */
export interface FrontierPoint {
  readonly letter: string;
  readonly label: string;
  /** How it was trained: the configuration's `method`, else the experiment. */
  readonly method: string;
  readonly model: string;
  readonly role: ModelOverSeeds['role'];
  /** Absent where nothing is guaranteed. */
  readonly epsilon?: number;
  readonly delta?: number;
  readonly utility: OverSeeds;
  readonly advantage?: OverSeeds;
  /** None with as small an ε is as good, nor as good a one of smaller ε. Never of a model without ε. */
  readonly onFront: boolean;
}

export interface Frontier {
  readonly metric: string;
  readonly higherIsBetter: boolean;
  readonly methods: readonly string[];
  /** Guaranteed ones first, ε ascending. */
  readonly points: readonly FrontierPoint[];
}

/**
 * Privacy against utility: every model that carries an ε, and the compared model of every group without one, for what
 * privacy costs. Undefined where no model carries an ε. The ε of a group is the largest of its seeds'.
 */
export function frontierOf(
  groups: readonly Group[],
  { metric, model, higherIsBetter }: { metric: string; model: string; higherIsBetter: boolean },
): Frontier | undefined {
  const points = groups.flatMap((group) => {
    const measured = group.models.filter((each) => each.measured[metric] !== undefined);
    const bearing = measured.filter((each) => each.measured[EPSILON] !== undefined);
    const shown = bearing.length > 0 ? bearing : measured.filter(({ key }) => key === model);
    return shown.map((each) => pointOf(group, each, metric));
  });
  if (!points.some(({ epsilon }) => epsilon !== undefined)) return undefined;
  const front = paretoFront([
    { values: points.map(({ utility }) => utility.mean), higherIsBetter },
    { values: points.map(({ epsilon }) => epsilon ?? Number.POSITIVE_INFINITY), higherIsBetter: false },
  ]);
  return {
    metric,
    higherIsBetter,
    methods: [...new Set(points.map(({ method }) => method))],
    points: points
      .map((point, i): FrontierPoint => ({ ...point, onFront: front[i]! }))
      .sort((a, b) => (a.epsilon ?? Number.POSITIVE_INFINITY) - (b.epsilon ?? Number.POSITIVE_INFINITY)),
  };
}

function pointOf(
  group: Group,
  { key, role, measured }: ModelOverSeeds,
  metric: string,
): Omit<FrontierPoint, 'onFront'> {
  const [epsilon, delta, advantage] = [measured[EPSILON], measured[DELTA], measured[ADVANTAGE]];
  const method = dotted(group.runs[0]!.record.config as RawConfig).get('method');
  return {
    letter: group.letter,
    label: group.label,
    method: typeof method === 'string' ? method : group.experiment,
    model: key,
    role,
    utility: measured[metric]!,
    ...(epsilon === undefined ? {} : { epsilon: Math.max(...epsilon.values) }),
    ...(delta === undefined ? {} : { delta: Math.max(...delta.values) }),
    ...(advantage === undefined ? {} : { advantage }),
  };
}

/** As a file for other programs, RFC 4180; an empty ε is that of a model without a guarantee. */
export function frontierCsv({ points, metric }: Frontier): string {
  const bounds = (over: OverSeeds | undefined) =>
    over === undefined ? ['', '', ''] : [over.mean, ...(over.n > 1 ? [over.low, over.high] : ['', ''])];
  const names = [metric, 'attack/advantage'].flatMap((name) => [name, `${name} low`, `${name} high`]);
  const rows = points.map((point) => [
    point.method,
    point.letter,
    point.model,
    point.epsilon ?? '',
    point.delta ?? '',
    point.utility.n,
    ...bounds(point.utility),
    ...bounds(point.advantage),
    point.onFront ? 'yes' : 'no',
  ]);
  return [['method', 'group', 'model', 'epsilon', 'delta', 'seeds', ...names, 'pareto'], ...rows]
    .map((cells) => `${cells.map((cell) => quoted(String(cell))).join(',')}\r\n`)
    .join('');
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
