import type { Interval } from '../core/results';
import type { Model } from '../core/types';
import { inference } from '../engine/inference';
import { divergence, logSoftmax, type Predictions } from '../evaluate/classification';
import { argMax } from '../math/arg-max';
import type { Rng } from '../math/rng';
import { studentT, wilson } from '../math/statistics';
import { generate } from './generate';
import { opinionOf } from './sentences';
import { rowsOf, type Sequences } from './sequences';
import type { TextTokenizer } from './tokenizer';

/** Sequences computed at a time. */
const AT_ONCE = 64;

/** Logits of labelled sequences, row by row. */
export function predictSequences(model: Model, { tokens, width, count, labels }: Sequences): Predictions {
  const infer = inference(model);
  const logits = new Float32Array(count * model.classes);
  for (let from = 0; from < count; from += AT_ONCE) {
    const n = Math.min(AT_ONCE, count - from);
    const x = Float32Array.from(tokens.subarray(from * width, (from + n) * width));
    logits.set(infer(x, n), from * model.classes);
  }
  return { logits, labels: Uint8Array.from(labels!), classes: model.classes };
}

export interface LanguageMeasures {
  /** Nats a token, over sequences. */
  readonly tokenLoss: Interval;
  /** e to the power of it. */
  readonly perplexity: Interval;
  /** Against the teacher, where there is one: equal most likely tokens, and KL(teacher ‖ model) in nats a token. */
  readonly fidelity?: { readonly agreement: Interval; readonly klToTeacher: Interval };
}

/** How well a causal network foretells real next tokens; padding does not count. */
export function measureLanguage(model: Model, sequences: Sequences, teacher?: Model): LanguageMeasures {
  const { width, count, pad } = sequences;
  const length = width - 1;
  const { classes } = model;
  const losses: number[] = [];
  const divergences: number[] = [];
  let [agreed, places] = [0, 0];
  for (let from = 0; from < count; from += AT_ONCE) {
    const ids = Int32Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) => from + i);
    const rows = rowsOf(sequences, ids);
    const x = new Float32Array(ids.length * length);
    for (let i = 0; i < ids.length; i++) x.set(rows.subarray(i * width, i * width + length), i * length);
    const logits = inference(model)(x, x.length).slice();
    const theirs = teacher === undefined ? undefined : inference(teacher)(x, x.length);
    for (let i = 0; i < ids.length; i++) {
      let [sum, kl, counted] = [0, 0, 0];
      for (let at = 0; at < length; at++) {
        const next = rows[i * width + at + 1]!;
        if (next === pad) continue;
        const row = logits.subarray((i * length + at) * classes, (i * length + at + 1) * classes);
        sum -= logSoftmax(row)[next]!;
        counted++;
        if (theirs === undefined) continue;
        const other = theirs.subarray((i * length + at) * classes, (i * length + at + 1) * classes);
        kl += divergence(other, row);
        if (argMax(other) === argMax(row)) agreed++;
      }
      losses.push(sum / counted);
      divergences.push(kl / counted);
      places += counted;
    }
  }
  const tokenLoss = studentT(losses);
  const { mean, low, high } = tokenLoss;
  return {
    tokenLoss,
    perplexity: { ...tokenLoss, mean: Math.exp(mean), low: Math.exp(low), high: Math.exp(high) },
    ...(teacher === undefined
      ? {}
      : { fidelity: { agreement: wilson(agreed, places), klToTeacher: studentT(divergences) } }),
  };
}

/** The share of sequences written by a network alone, from the beginning, that are sentences of the generated corpus. */
export function grammatical(
  model: Model,
  { width, pad }: Pick<Sequences, 'width' | 'pad'>,
  { tokenizer, rng, count = 200 }: { tokenizer: TextTokenizer; rng: Rng; count?: number },
): { share: Interval; samples: string[] } {
  const { start, end } = tokenizer;
  const texts: string[] = [];
  for (let from = 0; from < count; from += AT_ONCE) {
    const n = Math.min(AT_ONCE, count - from);
    const rows = new Int32Array(n * width).fill(start);
    const written = generate(model, { rows, width, prompt: 1, pad, end, temperature: 1, rng: rng.split('from', from) });
    for (let i = 0; i < n; i++) texts.push(tokenizer.decode([...written.subarray(i * width, (i + 1) * width)]));
  }
  return {
    share: wilson(texts.filter((text) => opinionOf(text) !== undefined).length, count),
    samples: texts.slice(0, 5),
  };
}
