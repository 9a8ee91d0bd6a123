import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import type { Draws } from '../../core/draws';
import { KdlabError } from '../../core/errors';
import { parameter } from '../../core/params';
import { section } from '../../core/section';
import type { ForwardMode } from '../../core/types';
import type { Rng } from '../../math/rng';
import { dropout } from './dropout';

export const transformerOptions = section({
  layers: z.number().int().positive().default(2),
  width: z.number().int().positive().default(64).describe('of a token’s row; a multiple of the heads'),
  heads: z.number().int().positive().default(4),
  intermediate: z.number().int().positive().optional().describe('width between the two dense maps; default 4 × width'),
  dropout: z.number().min(0).lt(1).default(0.1).describe('of embeddings and of what each sublayer adds, in training'),
});

export interface TransformerShape {
  readonly id: string;
  readonly vocabulary: number;
  /** Tokens of a sequence. */
  readonly length: number;
  /** Each token sees itself and those before it only. */
  readonly causal: boolean;
  /** Number of the token that fills up a sequence. */
  readonly pad: number;
}

/** Subtracted from the score of a key that must not be seen: its probability is exactly 0 in float32. */
const HIDDEN = 1e9;

/** Rows of tokens [n·length, width], layer by layer, and what objectives read of them, all with leading axis n. */
export interface TransformerPass {
  readonly rows: tf.Tensor2D;
  /**
   * `embedding`, `hidden<l>` [n, length, width]; `scores<l>` (before the softmax, 0 where masked), `attention<l>`,
   * `relation<l>` (softmax of values among each other) [n, heads, length, length]. Rows of padding are 0.
   */
  readonly taps: Record<string, tf.Tensor>;
}

/**
 * The stack of BERT (Devlin et al. 2019, arXiv:1810.04805): embeddings of token and position, then layers of multi-head
 * attention and a GELU network, each followed by addition and layer normalisation. Token numbers [n, length] in.
 * Throws KdlabError where the width is not a multiple of the heads.
 */
export function transformer(
  { layers, width, heads, intermediate = 4 * width, dropout: rate }: z.output<typeof transformerOptions>,
  { id, vocabulary, length, causal, pad, rng }: TransformerShape & { readonly rng: Rng },
): { params: Record<string, tf.Variable>; taps: string[]; multiplyAdds: number; pass: Pass } {
  if (width % heads !== 0)
    throw new KdlabError(`model ${id}: width ${width} is not a multiple of its ${heads} heads; choose one that is`);
  const perHead = width / heads;
  const params: Record<string, tf.Variable> = {};
  const of = <T extends tf.Tensor = tf.Tensor2D>(name: string): T => params[name]! as tf.Tensor as T;
  const add = weights(id, params, rng);
  add.matrix('embedding/token', vocabulary, width);
  add.matrix('embedding/position', length, width);
  add.norm('embedding', width);
  for (let layer = 1; layer <= layers; layer++) {
    for (const part of ['query', 'key', 'value', 'output']) add.dense(`layer${layer}/${part}`, width, width);
    add.norm(`layer${layer}/attention`, width);
    add.dense(`layer${layer}/up`, width, intermediate);
    add.dense(`layer${layer}/down`, intermediate, width);
    add.norm(`layer${layer}/network`, width);
  }
  const linear = (x: tf.Tensor2D, name: string): tf.Tensor2D =>
    tf.add(tf.matMul(x, of(`${name}/kernel`)), of(`${name}/bias`));
  const normalised = (x: tf.Tensor2D, name: string) => layerNorm(x, of(`${name}/gain`), of(`${name}/shift`));

  const pass: Pass = (tokens, n, { training, draws }) => {
    const drop = (x: tf.Tensor2D, name: string) =>
      training && rate > 0 ? dropout(x, { rate, draws: (draws as Draws | undefined)?.split(name) }) : x;
    const flat = tf.reshape<tf.Rank.R1>(tf.cast(tokens, 'int32'), [n * length]);
    const real = tf.cast(tf.notEqual(flat, pad), 'float32');
    const seen = visible(tf.reshape(real, [n, length]), n, length, causal);
    const rowMask = tf.reshape(real, [n, 1, length, 1]);
    const asTap = (rows: tf.Tensor2D) =>
      tf.reshape(tf.mul(rows, tf.reshape(real, [n * length, 1])), [n, length, width]);
    const split = (rows: tf.Tensor2D) =>
      tf.transpose<tf.Tensor4D>(tf.reshape(rows, [n, length, heads, perHead]), [0, 2, 1, 3]);
    const masked = (scores: tf.Tensor4D) => tf.softmax(tf.add(scores, tf.mul(tf.sub(seen, 1), HIDDEN)));

    const placed = tf.add(
      tf.reshape(tf.gather(of('embedding/token'), flat), [n, length, width]),
      of('embedding/position'),
    );
    let rows = normalised(tf.reshape(placed, [n * length, width]), 'embedding');
    const taps: Record<string, tf.Tensor> = { embedding: asTap(rows) };
    rows = drop(rows, 'embedding');
    for (let layer = 1; layer <= layers; layer++) {
      const name = `layer${layer}`;
      const [query, key, value] = ['query', 'key', 'value'].map((part) => split(linear(rows, `${name}/${part}`)));
      const among = (a: tf.Tensor4D, b: tf.Tensor4D): tf.Tensor4D =>
        tf.div(tf.matMul(a, b, false, true), Math.sqrt(perHead));
      const scores = among(query!, key!);
      const attention = masked(scores);
      taps[`scores${layer}`] = tf.mul(tf.mul(scores, seen), rowMask);
      taps[`attention${layer}`] = tf.mul(attention, rowMask);
      taps[`relation${layer}`] = tf.mul(masked(among(value!, value!)), rowMask);
      const mixed = tf.reshape<tf.Rank.R2>(tf.transpose(tf.matMul(attention, value!), [0, 2, 1, 3]), [
        n * length,
        width,
      ]);
      rows = normalised(tf.add(rows, drop(linear(mixed, `${name}/output`), `${name}/output`)), `${name}/attention`);
      const wide = linear(gelu(linear(rows, `${name}/up`)), `${name}/down`);
      rows = normalised(tf.add(rows, drop(wide, `${name}/down`)), `${name}/network`);
      taps[`hidden${layer}`] = asTap(rows);
    }
    return { rows, taps };
  };
  const perToken = 4 * width * width + 2 * width * intermediate + 2 * length * width;
  const taps = Array.from({ length: layers }, (_, i) =>
    ['hidden', 'scores', 'attention', 'relation'].map((kind) => `${kind}${i + 1}`),
  );
  return { params, taps: ['embedding', ...taps.flat()], multiplyAdds: layers * length * perToken, pass };
}

type Pass = (tokens: tf.Tensor, n: number, mode: ForwardMode) => TransformerPass;

/** Adds named parameters: matrices N(0, 0.02) as BERT's, biases 0, gains 1. */
export function weights(id: string, params: Record<string, tf.Variable>, rng: Rng) {
  const put = (name: string, shape: number[], values: Float32Array) => {
    params[name] = parameter(`${id}/${name}`, shape, values);
  };
  const matrix = (name: string, from: number, to: number) =>
    put(name, [from, to], rng.split(name).normal(from * to, 0, 0.02));
  return {
    matrix,
    dense: (name: string, from: number, to: number) => {
      matrix(`${name}/kernel`, from, to);
      put(`${name}/bias`, [to], new Float32Array(to));
    },
    norm: (name: string, width: number) => {
      put(`${name}/gain`, [width], new Float32Array(width).fill(1));
      put(`${name}/shift`, [width], new Float32Array(width));
    },
  };
}

/** 1 where a query may see a key: real ones, and with `causal` none after itself. [n, 1, length, length]. */
function visible(real: tf.Tensor, n: number, length: number, causal: boolean): tf.Tensor4D {
  const keys = tf.reshape<tf.Rank.R4>(real, [n, 1, 1, length]);
  const steps = Float32Array.from({ length: length * length }, (_, i) => (!causal || i % length <= i / length ? 1 : 0));
  return tf.mul(keys, tf.tensor4d(steps, [1, 1, length, length]));
}

/** Each row to mean 0 and variance 1, then gain and shift (Ba et al. 2016). */
function layerNorm(x: tf.Tensor2D, gain: tf.Tensor, shift: tf.Tensor): tf.Tensor2D {
  const centred = tf.sub(x, tf.mean(x, 1, true));
  const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), 1e-12));
  return tf.add(tf.mul(tf.mul(centred, scale), gain), shift);
}

/** x·Φ(x) (Hendrycks and Gimpel 2016). */
function gelu(x: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
}
