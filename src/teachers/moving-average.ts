import * as tf from '@tensorflow/tfjs';
import type { Learner } from '../core/step';
import type { Model } from '../core/types';

/**
 * Keeps `average` at the exponential moving average of a model's weights: θ' ← decay·θ' + (1 − decay)·θ after every step
 * (mean teacher, Tarvainen and Valpola 2017, arXiv:1703.01780, eq. 2). It is a learner of its own, behind the model's, so
 * that it is checkpointed with it: descent on ½‖θ' − θ‖² at the rate 1 − decay. Both have one architecture.
 */
export function movingAverage(name: string, model: Model, average: Model, decay: number): Learner {
  return {
    name,
    student: average,
    objective: { name: 'moving-average', needs: {}, teachers: 0, coupling: 'example', loss: () => ({}) },
    estimator: {
      name: 'difference',
      check: () => undefined,
      estimate: (_terms, _lesson, params) => ({
        grads: Object.fromEntries(
          Object.entries(params).map(([key, variable]) => [key, tf.sub(variable, model.params[key]!)]),
        ),
        metrics: {},
      }),
      save: () => ({}),
      load: () => undefined,
    },
    optimizer: {
      name: 'descent',
      init: () => ({}),
      rates: ({ learningRate }) => ({ rate: learningRate }),
      apply: (params, _state, grads, { rate }) => {
        for (const [key, variable] of Object.entries(params))
          variable.assign(tf.sub(variable, tf.mul(grads[key]!, rate!)));
      },
    },
    learningRate: 1 - decay,
  };
}
