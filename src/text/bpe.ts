import { KdlabError } from '../core/errors';
import { BYTE_CHARACTERS, byteCharacters } from './byte-level';

/** What every vocabulary begins with: padding, the beginning and the end of a sequence. */
export const SPECIAL = ['<pad>', '<s>', '</s>'] as const;

/** Smallest vocabulary: special tokens and bytes, which is a byte tokenizer. */
export const BYTES = SPECIAL.length + 256;

/** Words with the space before them, as byte-level BPE splits a text before it merges. */
const WORDS = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/**
 * Learns byte-level byte-pair encoding (Sennrich et al. 2016; Radford et al. 2019): again and again the pair of
 * neighbouring tokens that is met most often, the first in lexical order among equals, becomes a token. Gives a
 * `tokenizer.json` of the Hugging Face format. Stops early where no pair is met twice. Throws KdlabError below the size
 * of a byte vocabulary.
 */
export function trainBpe(texts: readonly string[], vocabularySize: number): object {
  if (vocabularySize < BYTES)
    throw new KdlabError(`a byte-level vocabulary has at least ${BYTES} tokens, asked for ${vocabularySize}`);
  const counts = new Map<string, number>();
  for (const text of texts) for (const [word] of text.matchAll(WORDS)) counts.set(word, (counts.get(word) ?? 0) + 1);
  let words = [...counts].map(([word, count]) => ({ tokens: byteCharacters(word), count }));
  const merges: [string, string][] = [];
  while (BYTES + merges.length < vocabularySize) {
    const best = commonestPair(words);
    if (best === undefined) break;
    merges.push(best);
    words = words.map(({ tokens, count }) => ({ tokens: merged(tokens, best), count }));
  }
  const tokens = [...SPECIAL, ...BYTE_CHARACTERS, ...merges.map(([a, b]) => a + b)];
  return tokenizerJson(tokens, merges);
}

function commonestPair(words: readonly { tokens: readonly string[]; count: number }[]): [string, string] | undefined {
  const pairs = new Map<string, number>();
  for (const { tokens, count } of words)
    for (let i = 1; i < tokens.length; i++) {
      // No token holds a blank: bytes that are one have a printable character.
      const pair = `${tokens[i - 1]} ${tokens[i]}`;
      pairs.set(pair, (pairs.get(pair) ?? 0) + count);
    }
  let best: string | undefined;
  let most = 1;
  for (const [pair, count] of pairs)
    if (count > most || (count === most && best !== undefined && pair < best)) [best, most] = [pair, count];
  return best?.split(' ') as [string, string] | undefined;
}

function merged(tokens: readonly string[], [a, b]: readonly [string, string]): string[] {
  const out: string[] = [];
  for (const token of tokens) {
    if (token === b && out.at(-1) === a) out[out.length - 1] = a + b;
    else out.push(token);
  }
  return out;
}

function tokenizerJson(tokens: readonly string[], merges: readonly (readonly [string, string])[]): object {
  return {
    version: '1.0',
    added_tokens: SPECIAL.map((content, id) => ({
      id,
      content,
      special: true,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
    })),
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: null,
    decoder: { type: 'ByteLevel' },
    model: { type: 'BPE', vocab: Object.fromEntries(tokens.map((token, id) => [token, id])), merges },
  };
}
