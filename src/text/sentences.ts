import type { Rng, Stream } from '../math/rng';

/*
 * A small language of opinions, made for this project: every sentence has an opinion, 0 against or 1 for, that its
 * words alone do not tell. Negation turns it, of two halves one counts, and hearsay counts for nothing.
 *
 *   sentence = clause "."
 *   clause   = plain | plain "but" clause | "although" plain "," clause | "it is not true that" plain
 *            | "they say that" plain "but" clause
 *   plain    = thing "is" ["not"] [degree] quality | "i" ["do not"] feel thing | "nobody" feels thing
 *   thing    = "the" noun ["of the" noun]
 */

const NOUNS = ['film', 'book', 'song', 'hotel', 'meal', 'plot', 'actor', 'cover', 'room', 'sound', 'ending', 'crew'];
const DEGREES = ['very', 'really', 'rather', 'quite'];
/** Words against, words for. */
const QUALITIES = [
  ['bad', 'dull', 'poor', 'weak', 'awful', 'boring'],
  ['good', 'fine', 'great', 'strong', 'lovely', 'superb'],
] as const;
const FEEL = [
  ['hate', 'dislike', 'regret'],
  ['love', 'like', 'enjoy'],
] as const;

type Opinion = 0 | 1;
const opposite = (opinion: Opinion): Opinion => (opinion === 0 ? 1 : 0);

export interface Sentence {
  readonly text: string;
  readonly opinion: Opinion;
}

/** Sentence i depends on the key and i only; opinions alternate. `depth` bounds how many clauses lie in each other. */
export function sentences(rng: Rng, count: number, { depth = 2 } = {}): Sentence[] {
  return Array.from({ length: count }, (_, i) => {
    const draw = rng.split('sentence', i).stream();
    const opinion: Opinion = i % 2 === 0 ? 0 : 1;
    return { text: `${clause(draw, opinion, depth)} .`, opinion };
  });
}

function pick<T>(draw: Stream, from: readonly T[]): T {
  return from[Math.floor(draw.uniform(0, from.length))]!;
}

function chance(draw: Stream, probability: number): boolean {
  return draw.uniform(0, 1) < probability;
}

function clause(draw: Stream, opinion: Opinion, depth: number): string {
  const any = (): string => plain(draw, chance(draw, 0.5) ? 1 : 0);
  if (depth === 0) return plain(draw, opinion);
  switch (Math.floor(draw.uniform(0, 5))) {
    case 0:
      return plain(draw, opinion);
    case 1:
      return `${any()} but ${clause(draw, opinion, depth - 1)}`;
    case 2:
      return `although ${any()} , ${clause(draw, opinion, depth - 1)}`;
    case 3:
      return `it is not true that ${plain(draw, opposite(opinion))}`;
    default:
      return `they say that ${any()} but ${clause(draw, opinion, depth - 1)}`;
  }
}

function plain(draw: Stream, opinion: Opinion): string {
  const thing = `the ${pick(draw, NOUNS)}${chance(draw, 0.25) ? ` of the ${pick(draw, NOUNS)}` : ''}`;
  const turned = chance(draw, 0.4);
  const said = turned ? opposite(opinion) : opinion;
  if (chance(draw, 0.5)) {
    const degree = chance(draw, 0.4) ? `${pick(draw, DEGREES)} ` : '';
    return `${thing} is ${turned ? 'not ' : ''}${degree}${pick(draw, QUALITIES[said])}`;
  }
  const verb = pick(draw, FEEL[said]);
  if (!turned) return `i ${verb} ${thing}`;
  return chance(draw, 0.5) ? `i do not ${verb} ${thing}` : `nobody ${verb}s ${thing}`;
}

/** The opinion of a sentence of this language; undefined where it is none: by the grammar, not by how it was made. */
export function opinionOf(text: string): Opinion | undefined {
  const words = text.trim().split(/\s+/);
  if (words.at(-1) !== '.') return undefined;
  const reader = new Reader(words.slice(0, -1));
  const opinion = reader.clause();
  return reader.ended ? opinion : undefined;
}

/** Reads clauses by recursive descent; what it cannot read leaves it short of the end. */
class Reader {
  private at = 0;

  constructor(private readonly words: readonly string[]) {}

  get ended(): boolean {
    return this.at === this.words.length;
  }

  private take(...expected: readonly string[]): boolean {
    if (!expected.every((word, i) => this.words[this.at + i] === word)) return false;
    this.at += expected.length;
    return true;
  }

  private takeOne(from: readonly string[]): boolean {
    if (!from.includes(this.words[this.at] ?? '')) return false;
    this.at++;
    return true;
  }

  clause(): Opinion | undefined {
    if (this.take('it', 'is', 'not', 'true', 'that')) {
      const denied = this.plain();
      return denied === undefined ? undefined : opposite(denied);
    }
    if (this.take('although')) return this.plain() !== undefined && this.take(',') ? this.clause() : undefined;
    if (this.take('they', 'say', 'that'))
      return this.plain() !== undefined && this.take('but') ? this.clause() : undefined;
    const first = this.plain();
    return first !== undefined && this.take('but') ? this.clause() : first;
  }

  private plain(): Opinion | undefined {
    if (this.take('nobody')) {
      const verb = this.words[this.at]?.replace(/s$/, '');
      const feeling = FEEL.findIndex((verbs) => (verbs as readonly (string | undefined)[]).includes(verb));
      if (feeling < 0 || verb === this.words[this.at++]) return undefined;
      return this.thing() ? opposite(feeling as Opinion) : undefined;
    }
    if (this.take('i')) {
      const turned = this.take('do', 'not');
      const feeling = FEEL.findIndex((verbs) => this.takeOne(verbs));
      return feeling >= 0 && this.thing() ? this.turn(feeling as Opinion, turned) : undefined;
    }
    if (!this.thing() || !this.take('is')) return undefined;
    const turned = this.take('not');
    this.takeOne(DEGREES);
    const quality = QUALITIES.findIndex((words) => this.takeOne(words));
    return quality < 0 ? undefined : this.turn(quality as Opinion, turned);
  }

  private turn(opinion: Opinion, turned: boolean): Opinion {
    return turned ? opposite(opinion) : opinion;
  }

  private thing(): boolean {
    return this.take('the') && this.takeOne(NOUNS) && (!this.take('of', 'the') || this.takeOne(NOUNS));
  }
}
