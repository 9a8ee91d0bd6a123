import * as tf from '@tensorflow/tfjs';
import type { PerExample } from './per-example/gradients';

/** By parameter name. */
export type Squares = Readonly<Record<string, tf.Tensor1D>>;

/** A norm of exactly zero has no direction to keep. */
const LEAST = 1e-20;

/** Squared norms [n] over parameters together. */
export function total(squares: Squares): tf.Tensor1D {
  return Object.values(squares).reduce((sum, square) => tf.add(sum, square));
}

/** Factors min(1, C/‖g‖) of Abadi et al. (2016, arXiv:1607.00133, algorithm 1), given squared norms [n]. */
export function clip(squares: tf.Tensor1D, norm: number | tf.Scalar): tf.Tensor1D {
  return tf.minimum(1, tf.div(norm, tf.sqrt(tf.maximum(squares, LEAST))));
}

/** Factors C/(‖g‖ + γ): every gradient gets about the same length (Bu et al. 2022, arXiv:2206.07136, AUTO-S). */
export function normalise(squares: tf.Tensor1D, norm: number | tf.Scalar, stability = 0.01): tf.Tensor1D {
  return tf.div(norm, tf.add(tf.sqrt(squares), stability));
}

/** The layer a parameter belongs to: what stands before the last slash of its name. */
export function layerOf(parameter: string): string {
  const slash = parameter.lastIndexOf('/');
  return slash < 0 ? parameter : parameter.slice(0, slash);
}

/**
 * Factors by parameter, the same within a layer: each of L layers is clipped to C/√L, so that the whole keeps to C (McMahan
 * et al. 2018, arXiv:1710.06963).
 */
export function clipLayers(squares: Squares, norm: number, layers: number): Squares {
  const names = Object.keys(squares);
  const factors = new Map<string, tf.Tensor1D>();
  for (const layer of new Set(names.map(layerOf))) {
    const own = Object.fromEntries(
      names.filter((name) => layerOf(name) === layer).map((name) => [name, squares[name]!]),
    );
    factors.set(layer, clip(total(own), norm / Math.sqrt(layers)));
  }
  return Object.fromEntries(names.map((name) => [name, factors.get(layerOf(name))!]));
}

export function squaresOf(gradients: Readonly<Record<string, PerExample>>): Squares {
  return Object.fromEntries(Object.entries(gradients).map(([name, each]) => [name, each.squares()]));
}
