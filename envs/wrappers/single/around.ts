import type { Environment } from '../../environment';

/** An environment that hands on to another one what it does not do itself. */
export function around<E extends Environment>(
  env: Environment,
  own: Omit<E, keyof Environment> & Partial<Environment>,
): E {
  // By prototype, since `state` is computed anew at each reading.
  return Object.create(env, Object.getOwnPropertyDescriptors(own)) as E;
}
