import type { Command } from 'commander';

/**
 * What a file in `experiments/commands` exports by default: the command of a domain, found by the file's name. `src`
 * cannot import the domains; the files are read at every start, so they load their code within the actions.
 */
export interface DomainCommand {
  readonly description: string;
  /** Adds sub-commands, arguments, options and actions. */
  register(command: Command): void;
}

/** Types a definition; nothing else. */
export function domainCommand(definition: DomainCommand): DomainCommand {
  return definition;
}
