import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { Rng } from '../../src/math/rng';
import { BYTES, trainBpe } from '../../src/text/bpe';
import { corpusSchema, loadCorpus } from '../../src/text/corpus';
import { opinionOf, sentences } from '../../src/text/sentences';
import { makeTokenizer } from '../../src/text/tokenizer';
import { temporaryFolder } from '../support/kdlab';

const folder = temporaryFolder('text');
after(() => fs.rmSync(folder, { recursive: true }));
const write = (name: string, text: string) => {
  const file = path.join(folder, name);
  fs.writeFileSync(file, text);
  return file;
};
const load = (settings: unknown) => loadCorpus(corpusSchema.parse(settings), Rng.root(3));

describe('opinions', () => {
  test('every sentence made is read back with its opinion, by the grammar alone', () => {
    for (const { text, opinion } of sentences(Rng.root(1), 2000, { depth: 3 }))
      assert.equal(opinionOf(text), opinion, text);
  });

  test('opinions by hand: negation turns, of two halves the one that counts, hearsay counts for nothing', () => {
    const expected: [string, 0 | 1 | undefined][] = [
      ['the film is good .', 1],
      ['the film of the book is not very good .', 0],
      ['nobody loves the hotel .', 0],
      ['nobody love the hotel .', undefined],
      ['i do not hate the crew .', 1],
      ['it is not true that the plot is not dull .', 0],
      ['although i love the room , the sound is poor .', 0],
      ['they say that the meal is awful but i enjoy the meal .', 1],
      ['the film is good but the film is bad .', 0],
      ['the film is good', undefined],
      ['film good .', undefined],
      ['the film is good good .', undefined],
      ['', undefined],
    ];
    for (const [text, opinion] of expected) assert.equal(opinionOf(text), opinion, text);
  });

  test('the words alone do not tell: a count of good and bad words does little better than chance', () => {
    const made = sentences(Rng.root(2), 2000);
    const right = made.filter(
      ({ text, opinion }) => (/good|fine|great|strong|lovely|superb|love|like|enjoy/.test(text) ? 1 : 0) === opinion,
    );
    assert.ok(right.length / made.length < 0.65, `${right.length / made.length}`);
  });
});

describe('tokenizers', () => {
  const texts = sentences(Rng.root(4), 300).map(({ text }) => text);

  test('BPE by hand: the commonest pair first, ties in lexical order, until no pair is met twice', () => {
    const { model } = trainBpe(['aab aab', 'b'], BYTES + 10) as { model: { merges: string[][] } };
    // Words: "aab", " aab", "b". Pairs: a a 2, a b 2 → a a; then "aa b" 2; then nothing twice.
    assert.deepEqual(model.merges, [
      ['a', 'a'],
      ['aa', 'b'],
    ]);
    assert.throws(() => trainBpe([], 100), /at least 259 tokens/);
  });

  test('spaces before a full stop or a comma stay', () => {
    const tokenizer = makeTokenizer({ bpe: { vocabulary: 400 } }, texts);
    const text = "although it is good , it is not very good . it 's";
    assert.equal(tokenizer.decode(tokenizer.encode(text)), text);
  });

  test('any text comes back as it was, whatever the vocabulary learnt', () => {
    const tokenizers = [makeTokenizer({ bytes: {} }, []), makeTokenizer({ bpe: { vocabulary: 400 } }, texts)];
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        for (const tokenizer of tokenizers) {
          // The names of special tokens mean those tokens.
          if (/<\/?s>|<pad>/.test(text)) return;
          const ids = tokenizer.encode(text);
          assert.ok(ids.every((id) => id > 2 && id < tokenizer.size));
          assert.equal(tokenizer.decode([tokenizer.start, ...ids, tokenizer.end, tokenizer.pad]), text);
        }
      }),
    );
  });

  test('a byte tokenizer has a token a byte; BPE makes common words one token', () => {
    const bytes = makeTokenizer({ bytes: {} }, []);
    assert.equal(bytes.encode('naïve').length, 6);
    const learnt = makeTokenizer({ bpe: { vocabulary: 512 } }, texts);
    assert.ok(learnt.encode('the film is not very good .').length <= 8);
    assert.notEqual(learnt.digest, bytes.digest);
  });

  test('a file that is none is refused', () => {
    assert.throws(
      () => makeTokenizer({ file: path.join(folder, 'none.json') }, []),
      /cannot be read as a tokenizer.json/,
    );
    assert.throws(
      () => makeTokenizer({ file: write('bad.json', '{}') }, []),
      /no tokenizer of the Hugging Face format/,
    );
    const json = trainBpe([], BYTES);
    const given = makeTokenizer({ file: write('good.json', JSON.stringify(json)) }, []);
    assert.equal(given.size, BYTES);
  });
});

describe('a corpus of the user’s own', () => {
  test('labelled lines, split by the seed', () => {
    const file = write(
      'labelled.txt',
      Array.from({ length: 20 }, (_, i) => `${i % 2 === 0 ? 'ja' : 'nein'}\ttext ${i}`).join('\n'),
    );
    const { classes, train, test: held, digest } = load({ file, test: 0.25 });
    assert.deepEqual(classes, ['ja', 'nein']);
    assert.deepEqual([train.texts.length, held.texts.length], [15, 5]);
    for (const part of [train, held])
      part.texts.forEach((text, i) => {
        assert.equal(part.labels![i], Number(text.split(' ')[1]) % 2);
      });
    assert.equal(load({ file, test: 0.25 }).digest, digest);
    assert.equal(new Set([...train.texts, ...held.texts]).size, 20);
  });

  test('half-labelled, empty and absent files are refused, plain ones have no classes', () => {
    assert.throws(() => load({ file: write('half.txt', 'a\tx\ny\n') }), /1 of 2 texts have a label.*text 2 has none/);
    assert.throws(() => load({ file: write('empty.txt', '\n') }), /0 lines that are not empty/);
    assert.throws(() => load({ file: path.join(folder, 'absent') }), /cannot be read/);
    const plain = load({ file: write('plain.txt', 'one\ntwo\nthree\n') });
    assert.deepEqual([plain.classes, plain.train.labels], [[], undefined]);
  });
});
