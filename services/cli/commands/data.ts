import type { Command } from 'commander';
import { count, positive, ratio, time } from '../arguments.js';

/** `tactus reconcile`; its exit code is handed to `exit`. */
export function addReconcile(program: Command, exit: (code: number) => void): void {
  program
    .command('reconcile')
    .description('hold the windows of the stream against the stored points; exit code 1 if one differs')
    .option(
      '--from <time>',
      'windows that start then or later: ISO 8601, or 15m, 6h, 2d for so long ago (default: 1h)',
      time,
    )
    .option('--to <time>', 'windows that end then or before (default: now)', time)
    .option('--tenant <id>', 'only this tenant')
    .option(
      '--tolerance <number>',
      'relative difference up to which figures are equal; else that of the configuration',
      ratio,
    )
    .option('--wait <seconds>', 'wait so long for the windows up to --to to close', count, 0)
    .option('--differences <number>', 'list at most so many', count, 50)
    .option('--json', 'print the report as JSON', false)
    .addHelpText(
      'after',
      `
Computes every closed window anew by SQL over tactus.metric_points and compares. Judged are only windows that are final
and stored with all their points, which follows from what the workers have committed; the rest is named as not judged.
Changes nothing; takes servers and WINDOWS_FILE from the environment, as the workers do.

  complete   points that a window counts or that \`late\` reports, of all stored points
  accurate   windows whose figures are those of the stored points, less the late ones
  p50..p99   from the watermark passing the end of the window to its emission
  differ     late: explained by late points. missing, duplicated, wrong: a fault

Exit codes: 0 when all is right or late, 1 when a window differs or nothing could be judged, 78 for a bad configuration.

Examples:
  tactus reconcile --from 30m
  tactus reconcile --from 2026-11-21T08:00:00Z --to 2026-11-21T09:00:00Z --tenant acme --json`,
    )
    .action(async ({ from = time('1h'), to = time('0s'), wait, ...rest }) => {
      const { reconcileCommand } = await import('../../batch/reconcile/command.js');
      exit(await reconcileCommand({ ...rest, from, to, wait: wait * 1000 }));
    });
}

/** `tactus dlq ls`, `show` and `replay`. */
export function addDeadLetters(program: Command, exit: (code: number) => void): void {
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
    .action(async (options) => exit(await (await import('../../dlq/commands.js')).listLetters(options)));
  dlq
    .command('show <id>')
    .description('show all of one dead letter: reason, origin, headers, value')
    .option('--json', 'as JSON, bytes in base64', false)
    .addHelpText(
      'after',
      '\nThe id is PARTITION:OFFSET, the first column of `dlq ls`.\n\nExample:\n  tactus dlq show 2:17',
    )
    .action(async (id, options) =>
      exit(await (await import('../../dlq/commands.js')).showLetter(id, options)),
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
    .action(async (id, options) =>
      exit(await (await import('../../dlq/replay.js')).replayLetters({ ...options, id })),
    );
}
