import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { buildObjective } from '../../src/config/objectives';
import { FOLDERS } from '../../src/config/training';
import { checkStage } from '../../src/core/capability';
import type { Stage } from '../../src/core/trainer';
import type { Model, Source } from '../../src/core/types';
import { meanEstimator } from '../../src/estimators/mean';
import { Rng } from '../../src/math/rng';
import { mlp } from '../../src/models/mlp';
import adam from '../../src/optimizers/adam';
import { networkTeacher } from '../../src/teachers/network';
import { useEngine } from '../support/engine';

before(useEngine);

const model = (id: string, input: number, classes: number): Model =>
  mlp({ id, input, hidden: [3], classes, rng: Rng.root(0) });
const source = (width: number): Source => ({
  sampling: { kind: 'shuffle' },
  inputShape: [width],
  augmented: false,
  batches: async function* () {},
  save: () => ({}),
  load: () => undefined,
});

function stage({
  teacher,
  student,
  objective = 'kd',
  steps = 1,
}: {
  teacher?: Model;
  student: Model;
  objective?: string;
  steps?: number;
}): Stage {
  return {
    name: 'student',
    title: '',
    learners: [
      {
        name: 'student',
        student,
        objective: buildObjective([{ [objective]: {}, weight: 1 } as never], [FOLDERS.objectives]),
        estimator: meanEstimator(),
        optimizer: { name: 'adam', ...adam.build(adam.options.parse({})) },
        learningRate: 0.1,
      },
    ],
    teachers: teacher === undefined ? [] : [networkTeacher(teacher)],
    source: source(4),
    steps,
  };
}

test('parts that fit are let through', () => {
  checkStage(stage({ teacher: model('t', 4, 3), student: model('s', 4, 3) }));
});

for (const [name, parts, message] of [
  [
    'classes differ',
    { teacher: ['t', 4, 10], student: ['s', 4, 9] },
    /teacher t gives logits of shape \[n, 10\], student s \[n, 9\].*Give the student 10 outputs/,
  ],
  [
    'student input',
    { teacher: ['t', 4, 3], student: ['s', 5, 3] },
    /student s takes examples of shape \[5\], the source gives \[4\].*Set the student's input to \[4\]/,
  ],
  [
    'teacher input',
    { teacher: ['t', 7, 3], student: ['s', 4, 3] },
    /teacher t takes examples of shape \[7\], the source gives \[4\]/,
  ],
  ['no teacher', { student: ['s', 4, 3] }, /"kd" learns from 1 teacher\(s\), found 0/],
] as [string, { teacher?: [string, number, number]; student: [string, number, number] }, RegExp][])
  test(`${name}: refused with both shapes and the remedy`, () => {
    const { teacher, student } = parts;
    assert.throws(
      () => checkStage(stage({ ...(teacher && { teacher: model(...teacher) }), student: model(...student) })),
      message,
    );
  });

test('a stage of no steps is refused', () => {
  assert.throws(
    () => checkStage(stage({ student: model('s', 4, 3), objective: 'cross-entropy', steps: 0 })),
    /steps is 0/,
  );
});

test('a teacher of images may teach a student of the same images flattened, of other sizes not', () => {
  const images = (height: number) => ({ ...model('t', 4, 3), inputShape: [height, 2, 1] });
  checkStage(stage({ teacher: images(2), student: model('s', 4, 3) }));
  assert.throws(
    () => checkStage(stage({ teacher: images(3), student: model('s', 4, 3) })),
    /teacher t takes examples of shape \[3,2,1\], the source gives \[4\]/,
  );
});
