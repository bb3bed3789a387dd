import { type Command, Option } from 'commander';
import { duration } from './arguments.js';

/* What several commands have in common: options, and the layout of their help. */

/** Adds `--timeout`, for commands that need a server. */
export function timeoutOption(command: Command): Command {
  return command.addOption(
    new Option('--timeout <duration>', 'how long to wait for a server that does not answer')
      .argParser(duration)
      .default(duration('30s'), '30s'),
  );
}

/** Adds `--json`, for commands that list or report. */
export function jsonOption(command: Command): Command {
  return command.option('--json', 'print JSON, whose keys stay as they are from release to release', false);
}

export interface Help {
  /** Paragraphs between the options and the rest. */
  readonly details?: string;
  /** When the exit code is 1, other than for an error that nobody foresaw. */
  readonly found?: string;
  readonly examples: readonly string[];
  /** Adds the exit code of servers that do not answer, and how to name the servers of `tactus up`. */
  readonly servers?: boolean;
}

/** Adds what stands below the options in `--help`. */
export function help(command: Command, { details, found, examples, servers = false }: Help): Command {
  const exit = [
    '0 done',
    `1 ${found ?? 'an error'}`,
    '2 wrong usage',
    ...(servers ? ['69 a server does not answer within --timeout'] : []),
    '78 wrong configuration',
  ];
  return command.addHelpText(
    'after',
    [
      ...(details === undefined ? [] : ['', details.trim()]),
      '',
      `Exit codes: ${exit.join(', ')}.`,
      '',
      servers ? 'Examples, with the servers of `tactus up`:' : 'Examples:',
      ...(servers ? ['  set -a; . .tactus/env'] : []),
      ...examples.map((example) => `  ${example}`),
    ].join('\n'),
  );
}
