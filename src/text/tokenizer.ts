import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { KdlabError, messageOf } from '../core/errors';
import { section } from '../core/section';
import { BYTES, SPECIAL, trainBpe } from './bpe';

export const tokenizerSchema = z
  .union([
    z.literal('bytes').transform(() => ({ bytes: {} })),
    section({ bytes: section({}) }),
    section({ bpe: section({ vocabulary: z.number().int().min(BYTES).default(512) }) }),
    section({ file: z.string().min(1).describe('a tokenizer.json of the Hugging Face format') }),
  ])
  .describe('bytes, {bpe: {vocabulary: 512}} learnt from the training text, or {file: tokenizer.json}');

/** Text to token numbers and back. Padding is 0 where we made the vocabulary. */
export interface TextTokenizer {
  readonly size: number;
  readonly pad: number;
  readonly start: number;
  readonly end: number;
  /** SHA-256 (hex) of what determines it. */
  readonly digest: string;
  encode(text: string): number[];
  /** Special tokens are left out. */
  decode(ids: readonly number[]): string;
}

/**
 * Makes a tokenizer; BPE is learnt from `texts`. Throws KdlabError where a file cannot be read as one, or has no tokens
 * for padding, beginning and end (`<pad> <s> </s>` or BERT's `[PAD] [CLS] [SEP]`).
 */
export function makeTokenizer(settings: z.output<typeof tokenizerSchema>, texts: readonly string[]): TextTokenizer {
  if ('file' in settings) return fromFile(settings.file);
  return fromJson(trainBpe(texts, 'bpe' in settings ? settings.bpe.vocabulary : BYTES), 'the trained vocabulary');
}

function fromFile(file: string): TextTokenizer {
  let json: object;
  try {
    json = JSON.parse(fs.readFileSync(file, 'utf8')) as object;
  } catch (error) {
    throw new KdlabError(`${file} cannot be read as a tokenizer.json: ${messageOf(error)}`);
  }
  return fromJson(json, file);
}

function fromJson(json: object, where: string): TextTokenizer {
  let tokenizer: Tokenizer;
  try {
    tokenizer = new Tokenizer(json as ConstructorParameters<typeof Tokenizer>[0], {});
  } catch (error) {
    throw new KdlabError(`${where} is no tokenizer of the Hugging Face format: ${messageOf(error)}`);
  }
  const idOf = (...names: string[]) => {
    const id = names.map((name) => tokenizer.token_to_id(name)).find((found) => found !== undefined);
    if (id === undefined) throw new KdlabError(`${where} has none of the tokens ${names.join(', ')}`);
    return id;
  };
  const [pad, start, end] = [idOf(SPECIAL[0], '[PAD]'), idOf(SPECIAL[1], '[CLS]'), idOf(SPECIAL[2], '[SEP]')];
  const special = new Set([pad, start, end]);
  return {
    size: Math.max(...tokenizer.get_vocab().values()) + 1,
    pad,
    start,
    end,
    digest: createHash('sha256').update(JSON.stringify(json)).digest('hex'),
    encode: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids,
    decode: (ids) => {
      const plain = ids.filter((id) => !special.has(id));
      // The library refuses to decode nothing.
      return plain.length === 0 ? '' : tokenizer.decode(plain, { clean_up_tokenization_spaces: false });
    },
  };
}
