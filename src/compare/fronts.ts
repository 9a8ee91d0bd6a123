import { energyEstimate } from '../evaluate/energy';
import { paretoFront } from '../math/pareto';
import type { Group, ModelOverSeeds } from './groups';

/** A model's place between what it is worth and what it costs, means over seeds. */
export interface FrontPoint {
  readonly letter: string;
  readonly model: string;
  readonly role: ModelOverSeeds['role'];
  readonly utility: number;
  readonly cost: number;
  readonly onFront: boolean;
}

export interface Front {
  readonly cost: string;
  readonly points: readonly FrontPoint[];
}

/** What a model may cost, less being better; undefined where it was not measured. Energy is never measured here. */
const COSTS: Readonly<Record<string, (model: ModelOverSeeds) => number | undefined>> = {
  parameters: (model) => model.parameters,
  'latency p50, ms': (model) => model.latency.mean,
  'multiply-adds': (model) => model.multiplyAdds,
  'energy estimate, µJ': energyEstimate,
};

/** A front for each cost in which the models differ: those that no other beats in both. */
export function frontsOf(groups: readonly Group[], metric: string, higherIsBetter: boolean): Front[] {
  return Object.entries(COSTS).flatMap(([cost, costOf]): Front[] => {
    const points = groups.flatMap(({ letter, models }) =>
      models.flatMap((model) => {
        const [utility, price] = [model.measured[metric]?.mean, costOf(model)];
        return utility === undefined || price === undefined || !Number.isFinite(price)
          ? []
          : [{ letter, model: model.key, role: model.role, utility, cost: price }];
      }),
    );
    if (new Set(points.map((point) => point.cost)).size < 2) return [];
    const front = paretoFront([
      { values: points.map(({ utility }) => utility), higherIsBetter },
      { values: points.map((point) => point.cost), higherIsBetter: false },
    ]);
    return [{ cost, points: points.map((point, i) => ({ ...point, onFront: front[i]! })) }];
  });
}
