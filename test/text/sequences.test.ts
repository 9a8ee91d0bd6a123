import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import type { Batch, Model, SourceContext } from '../../src/core/types';
import { Rng } from '../../src/math/rng';
import decoder from '../../src/models/decoder';
import { languageSource } from '../../src/sources/language';
import { measureLanguage } from '../../src/text/evaluate';
import { generate } from '../../src/text/generate';
import { labelledSequences, languageSequences, nextTokenBatch } from '../../src/text/sequences';
import { makeTokenizer } from '../../src/text/tokenizer';
import { useEngine } from '../support/engine';
import { assertClose } from '../support/numbers';

before(useEngine);

const bytes = makeTokenizer({ bytes: {} }, []);
const code = (letter: string) => bytes.encode(letter)[0]!;

test('classification: beginning, tokens, end, padding; longer texts are cut and counted', () => {
  const { tokens, cut, labels } = labelledSequences({ texts: ['ab', 'abcdef'], labels: [1, 0] }, bytes, 5);
  assert.deepEqual([...tokens], [1, code('a'), code('b'), 2, 0, 1, code('a'), code('b'), code('c'), code('d')]);
  assert.deepEqual([cut, [...labels!]], [1, [1, 0]]);
  assert.throws(() => labelledSequences({ texts: ['a'] }, bytes, 5), /needs a label before each text/);
});

test('language: every token but the last foretells the next; longer texts become several sequences that overlap by one', () => {
  const sequences = languageSequences({ texts: ['abcd'] }, bytes, 3);
  assert.deepEqual([...sequences.tokens], [1, code('a'), code('b'), code('c'), code('c'), code('d'), 2, 0]);
  const { x, y, mask, size } = nextTokenBatch(sequences.tokens, sequences);
  assert.equal(size, 6);
  assert.deepEqual([...x.dataSync()], [1, code('a'), code('b'), code('c'), code('d'), 2]);
  assert.deepEqual([...y!.dataSync()], [code('a'), code('b'), code('c'), code('d'), 2, 0]);
  assert.deepEqual([...mask!.dataSync()], [1, 1, 1, 1, 1, 0]);
  assert.deepEqual([...nextTokenBatch(sequences.tokens, sequences, 2).mask!.dataSync()], [0, 1, 1, 0, 1, 0]);
});

/** A chain: after token t comes t + 1 with logit `sure`, all others 0; five tokens, 0 is padding, 4 the end. */
function chain(sure: number): Model {
  const classes = 5;
  return {
    id: 'chain',
    inputShape: [],
    classes,
    params: {},
    taps: [],
    coupling: 'batch',
    cost: { parameters: 0, bytes: 0, multiplyAdds: 0 },
    forward: ({ x }) => ({
      logits: tf.mul<tf.Tensor2D>(tf.oneHot(tf.cast(tf.add(x, 1), 'int32') as tf.Tensor1D, classes), sure),
      taps: {},
    }),
  };
}

test('generation follows the network to the end, and fills up with padding', () => {
  const given = { rows: Int32Array.of(1, 9, 9, 9, 9, 9, 3, 9, 9, 9, 9, 9), width: 6, prompt: 1, pad: 0, end: 4 };
  const rows = generate(chain(50), { ...given, temperature: 1, rng: Rng.root(1) });
  assert.deepEqual([...rows], [1, 2, 3, 4, 0, 0, 3, 4, 0, 0, 0, 0]);
  assert.deepEqual([...generate(chain(0.1), { ...given, temperature: 0, rng: Rng.root(1) })], [...rows]);
});

test('generation draws with the probabilities of the softmax at its temperature', () => {
  // exp(ln 4 · 2 / 2) = 4 against four times 1: half of the draws.
  const n = 4000;
  const rows = new Int32Array(n * 2).fill(1);
  const drawn = generate(chain(2 * Math.log(4)), {
    rows,
    width: 2,
    prompt: 1,
    pad: 0,
    end: 4,
    temperature: 2,
    rng: Rng.root(2),
  });
  const share = drawn.filter((token, i) => i % 2 === 1 && token === 2).length / n;
  assert.ok(Math.abs(share - 0.5) < 0.03, `${share}`);
});

test('perplexity by hand: a network that knows nothing has that of its vocabulary', () => {
  const sequences = { tokens: Int32Array.of(1, 2, 3, 0, 1, 2, 3, 4), width: 4, count: 2, pad: 0, cut: 0 };
  assert.ok(Math.abs(measureLanguage(chain(0), sequences).perplexity.mean - 5) < 1e-5);
  const { tokenLoss, fidelity } = measureLanguage(chain(Math.log(4)), sequences, chain(0));
  assert.ok(Math.abs(tokenLoss.mean - Math.log(2)) < 1e-6, 'p = 4/8');
  // KL of (1/5 each) from (1/2, 1/8 four times).
  const kl = 0.2 * Math.log(0.2 / 0.5) + 0.8 * Math.log(0.2 / 0.125);
  assert.ok(Math.abs(fidelity!.klToTeacher.mean - kl) < 1e-5);
});

test('on-policy batches: what the student writes now; resumed they go on with the same bits', async () => {
  const sequences = languageSequences({ texts: ['ab', 'bc', 'ca', 'cb', 'ac'] }, bytes, 6);
  const tokens = { vocabulary: bytes.size, length: 6, pad: 0 };
  const student = decoder.build(decoder.options.parse({ layers: 1, width: 8, heads: 2 }), {
    id: 's',
    inputShape: [],
    classes: bytes.size,
    rng: Rng.root(1),
    tokens,
  });
  const context: SourceContext = { student, teachers: [], rng: Rng.root(5) };
  const written = { by: 'student', share: 0.5, prompt: 2, temperature: 1 } as const;
  const source = () => languageSource({ sequences, end: 2, batchSize: 2, written });
  const read = ({ x, mask }: Batch) => [[...x.dataSync()], [...mask!.dataSync()]];
  const whole: unknown[] = [];
  const first = source();
  let saved = first.save();
  for await (const batch of first.batches(context)) {
    whole.push(read(batch));
    if (whole.length === 3) saved = first.save();
    if (whole.length === 8) break;
  }
  const second = source();
  second.load(saved);
  const rest: unknown[] = [];
  for await (const batch of second.batches(context)) {
    rest.push(read(batch));
    if (rest.length === 5) break;
  }
  assert.deepEqual(rest, whole.slice(3));
  const own = whole.filter((batch) => (batch as number[][])[1]![0] === 0).length;
  assert.ok(own > 0 && own < 8, `${own} of 8 batches are the student's`);
});

test('the causal network foretells a fixed text after a few steps of its own gradient', () => {
  const sequences = languageSequences({ texts: ['abcabcab'] }, bytes, 9);
  const model = decoder.build(decoder.options.parse({ layers: 1, width: 16, heads: 2, dropout: 0 }), {
    id: 'm',
    inputShape: [],
    classes: bytes.size,
    rng: Rng.root(1),
    tokens: { vocabulary: bytes.size, length: 9, pad: 0 },
  });
  const batch = nextTokenBatch(sequences.tokens, sequences);
  const optimizer = tf.train.adam(0.02);
  for (let i = 0; i < 40; i++)
    optimizer.minimize(() =>
      tf.losses.softmaxCrossEntropy(tf.oneHot(batch.y!, bytes.size), model.forward(batch, { training: false }).logits),
    );
  const { perplexity } = measureLanguage(model, sequences);
  assert.ok(perplexity.mean < 1.3, `${perplexity.mean}`);
  assertClose([perplexity.n], [1]);
});
