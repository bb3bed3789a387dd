import type { Command } from 'commander';
import type { Filter } from '../../../shared/dead-letters/dead-letter.js';
import type { ReplayOptions } from '../../../shared/dead-letters/replay.js';
import type { CommandContext } from '../../../shared/process/context.js';
import { EXIT } from '../../../shared/process/exit-codes.js';
import { running } from '../program/action.js';
import { count, letterId, positive, time } from '../program/arguments.js';
import { help, timeoutOption } from '../program/options.js';
import { complain, say } from '../program/output.js';
import type { ServerName } from '../program/servers.js';

const SERVERS: readonly ServerName[] = ['kafka', 'registry'];

const text = () => import('../text/dead-letters.js');

/** `tactus dlq ls`, `show` and `replay`. */
export function addDeadLetters(program: Command): void {
  const dlq = program
    .command('dlq')
    .description('list, show and replay dead letters: records that a worker refused');
  addList(dlq);
  addShow(dlq);
  addReplay(dlq);
}

function filtered(command: Command): Command {
  return command
    .option('--topic <glob>', 'only from such topics, without the prefix: ingest.*')
    .option('--error <glob>', 'only with such codes: TACTUS_FIELD_*')
    .option('--tenant <glob>', 'only of such tenants; by the value, or else the front of the key')
    .option('--since <time>', 'only refused then or later: ISO 8601, or 15m, 6h, 2d for so long ago', time)
    .option('--until <time>', 'only refused before', time);
}

function addList(dlq: Command): void {
  const command = filtered(
    dlq.command('ls').description('list the newest dead letters, and how many there are of each error'),
  )
    .option('--limit <number>', 'most that are listed', count, 100)
    .option('--json', 'print one JSON object per line, bytes in base64', false)
    .action(
      running(
        'dlq ls',
        SERVERS,
        async (context, options: Filter & { readonly limit: number; readonly json: boolean }) => {
          const { listLetters } = await import('../../dlq/commands.js');
          const { jsonLine, listText } = await text();
          const found = await listLetters(context, options, options.limit);
          const width = process.stdout.isTTY ? process.stdout.columns : undefined;
          for (const line of options.json ? found.letters.map(jsonLine) : listText(found, width)) say(line);
          return EXIT.done;
        },
      ),
    );
  help(timeoutOption(command), {
    servers: true,
    examples: [
      'npx tactus dlq ls --error "TACTUS_FIELD_*" --since 1h',
      'npx tactus dlq ls --json | jq .message',
    ],
  });
}

function addShow(dlq: Command): void {
  const command = dlq
    .command('show')
    .description('show all of one dead letter: reason, origin, headers, value')
    .argument('<id>', 'PARTITION:OFFSET, the first column of `dlq ls`', letterId)
    .option('--json', 'print JSON, bytes in base64', false)
    .action(
      running('dlq show', SERVERS, async (context, id: string, { json }: { json: boolean }) => {
        const { findLetter } = await import('../../dlq/commands.js');
        const { detailsText, jsonLine } = await text();
        const letter = await findLetter(context, id);
        if (letter === null) {
          complain('dlq show', `there is no dead letter ${id}`);
          return EXIT.found;
        }
        say(json ? jsonLine(letter) : detailsText(letter));
        return EXIT.done;
      }),
    );
  help(timeoutOption(command), {
    found: 'there is no such dead letter',
    servers: true,
    examples: ['npx tactus dlq show 2:17'],
  });
}

function addReplay(dlq: Command): void {
  const command = filtered(
    dlq
      .command('replay')
      .description('write the records of dead letters to where they came from, once each')
      .argument('[id]', 'only this one: PARTITION:OFFSET, the first column of `dlq ls`', letterId),
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
    .option('--json', 'print the outcome as JSON', false)
    .action(running('dlq replay', SERVERS, replay));
  help(timeoutOption(command), {
    details: `
Each record goes out as it came, with the headers tactus-replay-attempts (1 for the first) and tactus-dead-letter
(its id). Records and the marks that they were replayed are one transaction, so a second replay, also one at the same
time or after a kill, leaves alone what was replayed. Points that came from \`metrics\` wait until their windows are closed.`,
    found: 'there is no dead letter of that id',
    servers: true,
    examples: [
      'npx tactus dlq replay --error TACTUS_RECORD_UNKNOWN_SCHEMA --since 2h --dry-run',
      'npx tactus dlq replay 2:17',
    ],
  });
}

async function replay(
  context: CommandContext,
  id: string | undefined,
  { json, ...options }: Omit<ReplayOptions, 'id'> & { readonly json: boolean },
): Promise<number> {
  const { replayLetters } = await import('../../../shared/dead-letters/replay.js');
  const { replayText } = await text();
  const outcome = await replayLetters(context, { ...options, ...(id === undefined ? {} : { id }) });
  const { replayed, byTopic, skipped } = outcome;
  if (id !== undefined && replayed === 0 && Object.keys(skipped).length === 0) {
    complain('dlq replay', `there is no dead letter ${id} that the options let through`);
    return EXIT.found;
  }
  if (json) say(JSON.stringify({ dryRun: options.dryRun, replayed, byTopic, skipped }));
  else for (const line of replayText(outcome, options.dryRun)) say(line);
  return EXIT.done;
}
