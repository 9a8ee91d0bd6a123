import { KdlabError } from '../../src/core/errors';
import { unknownName } from '../../src/core/section';
import type { Dynamics } from '../dynamics';
import { dynamicsOf, type EnvironmentSpec, list } from '../registry';
import { isTabular } from '../tabular/tabular';
import type { Expert } from './expert';
import { type Axis, plannedExpert } from './planning';
import { reacherExpert } from './reacher';
import { regulatorExpert } from './regulator';
import { acrobotExpert } from './swing-up';
import { tabularExpert } from './value-iteration';

const POSITION: Axis = { from: -1.2, to: 0.6, count: 181 };
const VELOCITY: Axis = { from: -0.07, to: 0.07, count: 141 };

const car = (dynamics: Dynamics, discount: number): Expert =>
  plannedExpert(dynamics, {
    axes: [POSITION, VELOCITY],
    decode: (observations, n, [position, velocity]) => {
      for (let i = 0; i < n; i++) {
        position[i] = observations[2 * i]!;
        velocity[i] = observations[2 * i + 1]!;
      }
    },
    actionValues: 5,
    discount,
    sweeps: 600,
  });

/*
 * Discounted where the way there costs little or nothing: interpolation lets value seep to where no way leads.
 */
const makers: Readonly<Record<string, (dynamics: Dynamics) => Expert>> = {
  'CartPole-v1': (dynamics) => regulatorExpert(dynamics, { at: [0, 0, 0, 0], cost: [1, 0.1, 10, 0.1], effort: 0.1 }),
  'Acrobot-v1': () => acrobotExpert,
  'TwoLinkReacher-v0': () => reacherExpert,
  'MountainCar-v0': (dynamics) => car(dynamics, 1),
  'MountainCarContinuous-v0': (dynamics) => car(dynamics, 0.999),
  'Pendulum-v1': (dynamics) =>
    plannedExpert(dynamics, {
      axes: [
        { from: -Math.PI, to: Math.PI, count: 101, periodic: true },
        { from: -8, to: 8, count: 101 },
      ],
      decode: (observations, n, [angle, spin]) => {
        for (let i = 0; i < n; i++) {
          angle[i] = Math.atan2(observations[3 * i + 1]!, observations[3 * i]!);
          spin[i] = observations[3 * i + 2]!;
        }
      },
      actionValues: 9,
      discount: 0.98,
      sweeps: 400,
    }),
};

const made = new Map<string, Expert>();

/** Ids that have an expert. */
export function expertIds(): string[] {
  return list()
    .map(({ id }) => id)
    .filter((id) => id in makers || isTabular(dynamicsOf(id)));
}

/**
 * The scripted, planned or optimal policy of an environment. It knows the bare environment with its options; wrappers
 * may change what it sees or does, as long as the spaces keep their shape. Throws a KdlabError where there is no expert,
 * or wrappers change a shape.
 */
export function expertOf(spec: EnvironmentSpec): Expert {
  const { id, ...rest } = typeof spec === 'string' ? { id: spec } : spec;
  const bare = dynamicsOf('options' in rest && rest.options !== undefined ? { id, options: rest.options } : id);
  const whole = dynamicsOf(spec);
  const maker = makers[id];
  if (maker === undefined && !isTabular(bare)) throw new KdlabError(unknownName('expert', id, expertIds()));
  const shapes = ({ observationSpace, actionSpace }: Dynamics) =>
    JSON.stringify([
      observationSpace.shape,
      actionSpace.kind,
      actionSpace.kind === 'discrete' ? actionSpace.n : actionSpace.size,
    ]);
  if (shapes(bare) !== shapes(whole))
    throw new KdlabError(
      `the expert of ${id} takes observations ${bare.observationSpace} and gives actions ${bare.actionSpace}, but ` +
        `${whole.id} has observations ${whole.observationSpace} and actions ${whole.actionSpace}`,
    );
  let expert = made.get(bare.id);
  if (expert === undefined) {
    expert = maker === undefined ? tabularExpert(bare as Parameters<typeof tabularExpert>[0]) : maker(bare);
    made.set(bare.id, expert);
  }
  return expert;
}
