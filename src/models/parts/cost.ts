import type { ModelCost, Params } from '../../core/types';

/** What a model of these float32 parameters costs, given its multiply-adds for one example. */
export function costOf(params: Params, multiplyAdds: number): ModelCost {
  const parameters = Object.values(params).reduce((sum, { size }) => sum + size, 0);
  return { parameters, bytes: 4 * parameters, multiplyAdds };
}

/** What two parts of a model cost together. */
export function together(a: ModelCost, b: ModelCost): ModelCost {
  return {
    parameters: a.parameters + b.parameters,
    bytes: a.bytes + b.bytes,
    multiplyAdds: a.multiplyAdds + b.multiplyAdds,
  };
}
