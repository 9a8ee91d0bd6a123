export interface SharedOptions {
  readonly runsDir?: string;
  readonly dataDir?: string;
  readonly offline?: boolean;
  readonly json?: boolean;
}

export interface RunOptions extends SharedOptions {
  readonly set?: readonly string[];
  readonly seed?: number;
  readonly seeds?: readonly number[];
  readonly engine?: string;
  readonly force?: boolean;
}

/** How the user calls kdlab here: through npm in a checkout, by its name where it is installed. */
export function invocation(): string {
  return process.env.npm_lifecycle_event === undefined ? 'kdlab' : 'npm run -s kdlab --';
}
