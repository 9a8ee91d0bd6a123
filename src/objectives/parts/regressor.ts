import * as tf from '@tensorflow/tfjs';
import { KdlabError } from '../../core/errors';
import type { ObjectivePlace } from '../../core/objective';
import { parameter } from '../../core/params';
import type { Params } from '../../core/types';
import { glorotUniform } from '../../models/parts/initializers';
import { projection } from './projection';
import { type TapPair, tapShapes } from './taps';

/** A map from the student's features to the shape of the teacher's, trained with the student. */
export interface Regressor {
  readonly params: Params;
  /** Shape that one example of the teacher's has, and `apply` gives. */
  readonly shape: readonly number[];
  apply(features: tf.Tensor): tf.Tensor;
}

/**
 * For flat features a linear map; for maps [h,w,c] a convolution without padding whose kernel takes the student's grid to
 * the teacher's (1×1 where they are equal; Romero et al. 2015, section 2.2). Throws KdlabError where the teacher's grid is
 * the larger, or one side is flat and the other is not.
 */
export function regressor(name: string, place: ObjectivePlace, asker: string, pair: TapPair): Regressor {
  const { student, teacher } = tapShapes(place, asker, pair);
  const rng = place.rng.split(asker);
  if (student.length === 1 && teacher.length === 1) {
    const { params, apply } = projection(name, rng, student[0]!, teacher[0]!);
    return { params, shape: teacher, apply: (features) => apply(features as tf.Tensor2D) };
  }
  const [[sh, sw, from], [th, tw, to]] = [student, teacher] as unknown as [
    [number, number, number],
    [number, number, number],
  ];
  if (student.length !== 3 || teacher.length !== 3 || sh < th || sw < tw)
    throw new KdlabError(
      `${asker}: the student's "${pair.student}" has shape [${student}], the teacher's "${pair.teacher}" [${teacher}]. ` +
        'Expected two flat layers, or two maps [h,w,c] of which the student’s is no smaller; choose a later layer of the ' +
        'teacher or an earlier one of the student.',
    );
  const shape: [number, number, number, number] = [sh - th + 1, sw - tw + 1, from, to];
  const kernel = parameter(name, shape, glorotUniform(rng, name, shape));
  return {
    params: { [name]: kernel },
    shape: teacher,
    apply: (features) => tf.conv2d(features as tf.Tensor4D, kernel as tf.Tensor as tf.Tensor4D, 1, 'valid'),
  };
}
