import type { Command } from 'commander';
import type { ListOptions } from '../../dlq/commands.js';
import type { ReplayOptions } from '../../dlq/replay.js';
import { action } from '../action.js';
import { count, positive, time } from '../arguments.js';

/** `tactus dlq ls`, `show` and `replay`. */
export function addDeadLetters(program: Command): void {
  const dlq = program.command('dlq').description('dead letters: records that a worker refused');
  const filtered = (command: Command) =>
    command
      .option('--topic <glob>', 'only from such topics, without the prefix: ingest.*')
      .option('--error <glob>', 'only with such codes: TACTUS_FIELD_*')
      .option('--tenant <glob>', 'only of such tenants; by the value, or else the front of the key')
      .option('--since <time>', 'only refused then or later: ISO 8601, or 15m, 6h, 2d for so long ago', time)
      .option('--until <time>', 'only refused before', time);
  filtered(
    dlq.command('ls').description('list the newest dead letters, and how many there are of each error'),
  )
    .option('--limit <number>', 'most that are listed', count, 100)
    .option('--json', 'one JSON object per line, bytes in base64', false)
    .addHelpText('after', '\nExample:\n  tactus dlq ls --error "TACTUS_FIELD_*" --since 1h')
    .action(
      action(async (options: ListOptions) => (await import('../../dlq/commands.js')).listLetters(options)),
    );
  dlq
    .command('show <id>')
    .description('show all of one dead letter: reason, origin, headers, value')
    .option('--json', 'as JSON, bytes in base64', false)
    .addHelpText(
      'after',
      '\nThe id is PARTITION:OFFSET, the first column of `dlq ls`.\n\nExample:\n  tactus dlq show 2:17',
    )
    .action(
      action(async (id: string, options: { json: boolean }) =>
        (await import('../../dlq/commands.js')).showLetter(id, options),
      ),
    );
  filtered(
    dlq
      .command('replay [id]')
      .description('write the records of dead letters to where they came from, once each'),
  )
    .option('--dry-run', 'only say what would be done', false)
    .option('--rate <number>', 'most records per second', positive, 100)
    .option('--limit <number>', 'most records', positive, 1_000_000)
    .option(
      '--max-attempts <number>',
      'leave records alone that were refused after so many replays',
      positive,
      3,
    )
    .option('--force', 'also what was replayed before, or may count twice', false)
    .option('--json', 'the outcome as JSON', false)
    .addHelpText(
      'after',
      `
Each record goes out as it came, with the headers tactus-replay-attempts (1 for the first) and tactus-dead-letter
(its id). Records and the marks that they were replayed are one transaction, so a second replay, also one at the same
time or after a kill, leaves alone what was replayed. Points that came from \`metrics\` wait until their windows are closed.

Examples:
  tactus dlq replay --error TACTUS_RECORD_UNKNOWN_SCHEMA --since 2h --dry-run
  tactus dlq replay 2:17`,
    )
    .action(
      action(async (id: string | undefined, options: Omit<ReplayOptions, 'id'>) =>
        (await import('../../dlq/replay.js')).replayLetters({
          ...options,
          ...(id === undefined ? {} : { id }),
        }),
      ),
    );
}
