import path from 'node:path';
import { z } from 'zod';
import { halves } from '../privacy/attacks/halves';
import { committee } from '../privacy/committee/model';
import { committeeCrossEntropy } from '../privacy/committee/objective';
import { committeeSource } from '../privacy/committee/source';
import type { DefenceDefinition } from '../privacy/membership/defence';
import { baseShape } from '../src/config/base';
import { buildObjective } from '../src/config/objectives';
import { FOLDERS, imageModel, modelSchema } from '../src/config/training';
import { KdlabError } from '../src/core/errors';
import { experiment } from '../src/core/experiment';
import type { ModelDefinition } from '../src/core/model';
import { named, nameOf } from '../src/core/named';
import { describeAll, resolveNamed } from '../src/core/resolve';
import { section } from '../src/core/section';
import type { Learner } from '../src/core/step';
import type { Stage } from '../src/core/trainer';
import type { Model, Objective } from '../src/core/types';
import { listDatasets, loadDataset } from '../src/data/registry';
import { minibatch } from '../src/sources/minibatch';
import { learnerOf, sharedCatalogue, updateShape } from './parts/estimators';
import { membershipResults } from './results/membership';

const DEFENCES = [path.resolve(__dirname, '../privacy/membership/defences')];

export const schema = section({
  ...baseShape,
  dataset: section({
    name: z.enum(listDatasets().map((each) => each.name) as [string, ...string[]]),
    members: z
      .number()
      .int()
      .positive()
      .describe('training examples, and as many others that attacks must tell from them'),
    reference: z.number().int().min(0).default(0).describe('public examples without labels'),
  }),
  model: modelSchema.describe('of the undefended network, the student and all shadows'),
  epochs: z.number().int().positive(),
  batchSize: z.number().int().positive().default(64),
  ...updateShape,
  defence: named('defence', DEFENCES),
  shadows: z
    .number()
    .int()
    .min(0)
    .multipleOf(2)
    .default(16)
    .describe('networks of the attacker, half of which have any example; 0: attacks by thresholds only'),
});

/**
 * Membership inference against a network and against the student that a defence makes of it: utility beside attacks, with shadow
 * networks trained as the undefended one is.
 */
export default experiment({
  description: 'membership attacks on a network and on a student made to leak less',
  schema,
  catalogue: () => ({
    ...sharedCatalogue(),
    defences: describeAll('defence', DEFENCES),
    datasets: listDatasets(),
  }),
  build: async (config, { rng, dataDir, download }) => {
    const { members: count, reference: open } = config.dataset;
    const dataset = await loadDataset(config.dataset.name, { ...(dataDir === undefined ? {} : { dataDir }), download });
    const { inputShape, classes, train: examples } = dataset;
    if (2 * count + open > examples.count)
      throw new KdlabError(
        `${count} members, ${count} others and ${open} reference examples are more than the ${examples.count} of ${dataset.name}`,
      );
    const order = rng.split('members').permutation(examples.count);
    const members = order.slice(0, count).sort();
    const others = order.slice(count, 2 * count).sort();
    const reference = order.slice(2 * count, 2 * count + open).sort();

    const flatten =
      resolveNamed<ModelDefinition>('model', [FOLDERS.models], nameOf(config.model).name).input === 'flat';
    const make = (id: string, key: string, index = 0): Model =>
      imageModel(config.model, { id, inputShape, classes, rng: rng.split(key, index) });
    const learner = (name: string, student: Model, objective: Objective): Learner =>
      learnerOf(name, student, objective, config);

    const undefended = make('undefended', 'undefended');
    const student = make('student', 'student');
    const { batchSize, epochs } = config;
    const source = minibatch({ examples, inputShape, indices: members, batchSize, flatten });
    const stages: Stage[] = [
      {
        name: 'teacher',
        title: `undefended network, on ${count} members`,
        learners: [
          learner('teacher', undefended, buildObjective([{ 'cross-entropy': {}, weight: 1 }], [FOLDERS.objectives])),
        ],
        teachers: [],
        source,
        steps: epochs * source.stepsPerEpoch!,
      },
    ];
    const { name, options } = nameOf(config.defence);
    const { stages: defending, summary } = resolveNamed<DefenceDefinition>('defence', DEFENCES, name).build(options, {
      undefended,
      student,
      examples,
      inputShape,
      classes,
      members,
      reference,
      batchSize,
      epochs,
      flatten,
      rng: rng.split('defence'),
      make: (id, index) => make(id, 'sub-model', index),
      learner,
    });
    stages.push(...defending);

    const pool = Int32Array.of(...members, ...others);
    const inside = halves(pool.length, config.shadows, rng.split('shadows'));
    const shadows = inside.map((_, i) => make(`shadow ${i + 1}`, 'shadow', i));
    if (shadows.length > 0) {
      const parts = inside.map((chosen) => pool.filter((_, i) => chosen[i] === 1));
      const shadowSource = committeeSource({ examples, inputShape, parts, batchSize, flatten });
      stages.push({
        name: 'shadows',
        title: `${shadows.length} shadow networks of the attacker`,
        learners: [learner('shadows', committee('shadows', shadows), committeeCrossEntropy(shadows.length))],
        teachers: [],
        source: shadowSource,
        steps: epochs * shadowSource.stepsPerEpoch!,
      });
    }
    return {
      stages,
      datasets: [{ name: dataset.name, digest: dataset.digest, source: dataset.source }],
      models: { teacher: undefended, student },
      evaluate: async () =>
        membershipResults({
          config,
          dataset,
          members,
          others,
          undefended,
          student,
          summary,
          shadows: { networks: shadows, inside },
        }),
    };
  },
});
