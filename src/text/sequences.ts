import * as tf from '@tensorflow/tfjs';
import { KdlabError } from '../core/errors';
import type { Batch } from '../core/types';
import type { Texts } from './corpus';
import type { TextTokenizer } from './tokenizer';

/** Texts as token numbers of one length. */
export interface Sequences {
  /** [count · width], row by row, filled up with padding. */
  readonly tokens: Int32Array;
  readonly width: number;
  readonly count: number;
  readonly pad: number;
  /** [count]; absent where the texts have none. */
  readonly labels?: Int32Array;
  /** Texts that were longer. */
  readonly cut: number;
}

/** One sequence a text: beginning, tokens, end; what is longer than `length` loses its end. */
export function labelledSequences({ texts, labels }: Texts, tokenizer: TextTokenizer, length: number): Sequences {
  if (labels === undefined)
    throw new KdlabError('classification needs a label before each text, with a tab after it; this corpus has none');
  const { start, end } = tokenizer;
  const rows = texts.map((text) => [start, ...tokenizer.encode(text), end]);
  const cut = rows.filter((row) => row.length > length).length;
  return { ...filled(rows, length, tokenizer.pad), labels: Int32Array.from(labels), cut };
}

/**
 * Sequences of length + 1 tokens, of which each token but the last predicts the next one. A longer text becomes several,
 * each beginning with the last token of the one before.
 */
export function languageSequences({ texts }: Texts, tokenizer: TextTokenizer, length: number): Sequences {
  const { start, end } = tokenizer;
  let cut = 0;
  const rows = texts.flatMap((text) => {
    const row = [start, ...tokenizer.encode(text), end];
    if (row.length > length + 1) cut++;
    const pieces = Math.max(1, Math.ceil((row.length - 1) / length));
    return Array.from({ length: pieces }, (_, i) => row.slice(i * length, (i + 1) * length + 1));
  });
  return { ...filled(rows, length + 1, tokenizer.pad), cut };
}

function filled(rows: readonly (readonly number[])[], width: number, pad: number): Omit<Sequences, 'cut'> {
  const tokens = new Int32Array(rows.length * width).fill(pad);
  rows.forEach((row, i) => {
    tokens.set(row.slice(0, width), i * width);
  });
  return { tokens, width, count: rows.length, pad };
}

/** Labelled sequences as a batch: x [n, width], y [n]. The caller disposes it. */
export function labelledBatch(sequences: Sequences, ids: Int32Array): Batch {
  const { width, labels } = sequences;
  return {
    x: tf.tensor2d(Float32Array.from(rowsOf(sequences, ids)), [ids.length, width]),
    y: tf.tensor1d(
      ids.map((id) => labels![id]!),
      'int32',
    ),
    ids,
    size: ids.length,
  };
}

/**
 * Sequences of width length + 1 as tokens and the ones after them: x, y and mask [n·length]. Counted are the places
 * whose next token is not padding and lies at `from` or later. The caller disposes it.
 */
export function nextTokenBatch(rows: Int32Array, { width, pad }: Pick<Sequences, 'width' | 'pad'>, from = 1): Batch {
  const [n, length] = [rows.length / width, width - 1];
  const size = n * length;
  const x = new Float32Array(size);
  const y = new Int32Array(size);
  const mask = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    const at = Math.floor(i / length) * width + (i % length);
    x[i] = rows[at]!;
    y[i] = rows[at + 1]!;
    mask[i] = y[i] !== pad && (i % length) + 1 >= from ? 1 : 0;
  }
  return { x: tf.tensor1d(x), y: tf.tensor1d(y, 'int32'), mask: tf.tensor1d(mask), size };
}

/** The tokens of chosen sequences, [n · width]. */
export function rowsOf({ tokens, width }: Sequences, ids: Int32Array): Int32Array {
  const rows = new Int32Array(ids.length * width);
  ids.forEach((id, i) => {
    rows.set(tokens.subarray(id * width, (id + 1) * width), i * width);
  });
  return rows;
}
