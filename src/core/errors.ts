/**
 * An error the user can act on: what was found, what was expected, what to do about it. The CLI prints
 * its message without a stack. `exitCode` 2 means nothing was started (bad usage or configuration).
 */
export class KdlabError extends Error {
  readonly exitCode: 1 | 2;

  constructor(message: string, options: { exitCode?: 1 | 2; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'KdlabError';
    this.exitCode = options.exitCode ?? 2;
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
