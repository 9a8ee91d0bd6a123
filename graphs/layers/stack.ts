import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import type { Draws } from '../../src/core/draws';
import { KdlabError } from '../../src/core/errors';
import type { ModelPlace } from '../../src/core/model';
import type { Batch, Model } from '../../src/core/types';
import { type BatchGraph, graphOf } from '../batch';
import { layerNorm } from './layer-norm';
import { denseInput, featuresOf, type NodeInput } from './node-input';
import { Weights } from './weights';

/** Options of all models made of layers. */
export const stackShape = {
  hidden: z.array(z.number().int().positive()).default([16]).describe('width of each hidden layer'),
  dropout: z.number().min(0).lt(1).default(0.5).describe('of the inputs of every layer, in training'),
  inputDropout: z.number().min(0).lt(1).optional().describe('of the features; default: as of the other layers'),
  activation: z.enum(['relu', 'elu', 'tanh']).default('relu'),
  norm: z.enum(['none', 'layer']).default('none').describe('of hidden layers, before the activation'),
  residual: z.boolean().default(false).describe('hidden layers add their input, through a kernel where widths differ'),
};

export type StackOptions = z.output<z.ZodObject<typeof stackShape>>;

/** What a layer is called with, besides its input. */
export interface LayerCall {
  readonly batch: Batch;
  /** The structure of the batch; throws KdlabError where it has none. */
  readonly graph: BatchGraph;
  readonly training: boolean;
  readonly draws: Draws | undefined;
  /** Lets objectives see an intermediate result. */
  tap(name: string, value: tf.Tensor): void;
}

export type Layer = (input: NodeInput, call: LayerCall) => tf.Tensor2D;

export interface LayerPlace {
  readonly weights: Weights;
  /** From 1. */
  readonly number: number;
  /** `conv1`, …: what its parameters begin with. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly last: boolean;
}

export interface StackParts {
  readonly options: StackOptions;
  readonly layer: (place: LayerPlace) => Layer;
  /** Taps that the layers make besides `hidden1`, …: by number of layers. */
  readonly taps?: (layers: number) => string[];
  /** Whether a node's result depends on others'. */
  readonly coupling?: Model['coupling'];
  /** Numbers of a node's position beside its features. */
  readonly positions?: number;
  /** Factor between a hidden width in the options and the layer's own, as with attention heads. */
  readonly multiple?: number;
}

/**
 * A model of layers one after the other: dropout, layer, residual, norm, activation; the last layer gives the logits
 * [nodes, classes]. Taps `hidden1`, … after the activation, [nodes, width].
 */
export function stack(place: ModelPlace, parts: StackParts): Model {
  const { options, positions = 0, multiple = 1, coupling = 'batch' } = parts;
  const { hidden, dropout, inputDropout = dropout, activation, norm, residual } = options;
  const weights = new Weights(place);
  const widths = [featureWidth(place) + positions, ...hidden.map((width) => width * multiple), place.classes];
  const layers = widths.slice(1).map((to, i) => {
    const [from, last, number] = [widths[i]!, i === hidden.length, i + 1];
    const layer = parts.layer({ weights, number, name: `conv${number}`, from, to, last });
    const skip = residual && !last && from !== to ? weights.kernel(`skip${number}/kernel`, from, to) : undefined;
    const normed = norm === 'layer' && !last ? layerNorm(weights, `norm${number}`, to) : (x: tf.Tensor2D) => x;
    return { layer, skip, normed };
  });
  return {
    id: place.id,
    inputShape: place.inputShape,
    classes: place.classes,
    params: weights.params,
    taps: [...hidden.map((_, i) => `hidden${i + 1}`), ...(parts.taps?.(layers.length) ?? [])],
    coupling,
    cost: weights.cost,
    forward: (batch, { training, draws }) => {
      const taps: Record<string, tf.Tensor> = {};
      const call = (number: number): LayerCall => ({
        batch,
        get graph() {
          return graphOf(batch, place.id);
        },
        training,
        draws: draws?.split('layer', number),
        tap: (name, value) => {
          taps[name] = value;
        },
      });
      let input = featuresOf(batch, place.id, positions);
      let before: tf.Tensor2D | undefined;
      for (const [i, { layer, skip, normed }] of layers.entries()) {
        const given = training ? input.dropped(i === 0 ? inputDropout : dropout, draws?.split('dropout', i)) : input;
        const sum = layer(given, call(i + 1));
        if (i === hidden.length) return { logits: sum, taps };
        const skipped = skip === undefined ? (residual ? before : undefined) : input.project(skip);
        const h = activated(normed(skipped === undefined ? sum : tf.add(sum, skipped)), activation);
        taps[`hidden${i + 1}`] = h;
        before = h;
        input = denseInput(h);
      }
      throw new Error('unreachable: a stack has at least one layer');
    },
  };
}

/** The number of features of a node. Throws KdlabError where an example is no vector. */
export function featureWidth({ id, inputShape }: ModelPlace): number {
  const [width, ...more] = inputShape;
  if (width === undefined || more.length > 0)
    throw new KdlabError(`model ${id}: a node has a vector of features, found examples of shape [${inputShape}]`);
  return width;
}

export function activated(x: tf.Tensor2D, activation: StackOptions['activation']): tf.Tensor2D {
  if (activation === 'relu') return tf.relu(x);
  return activation === 'elu' ? tf.elu(x) : tf.tanh(x);
}

/** Names of what every layer makes: `message1`, `message2`, … */
export function numbered(name: string): (layers: number) => string[] {
  return (layers) => Array.from({ length: layers }, (_, i) => `${name}${i + 1}`);
}
