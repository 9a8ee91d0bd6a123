/*
 * How the bench talks to a contender, ours or theirs: one JSON object a line on its standard input, one back on its
 * standard output, in turn. `setup` may come again; it starts from the same arrays anew.
 */
export type Request =
  | { readonly do: 'setup'; readonly folder: string; readonly variant: string; readonly random: boolean }
  | { readonly do: 'run'; readonly steps: number };

/** `engine` says what computes: version, variant, number of threads. */
export type Ready = { readonly engine: string };
export type Timed = { readonly seconds: number; readonly value: number };
/** In place of an answer where something was thrown. */
export type Failed = { readonly error: string };
