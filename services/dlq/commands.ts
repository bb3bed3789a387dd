import { TactusError } from '../../shared/core/errors.js';
import { runCommand, say } from '../../shared/process/command.js';
import { type Filter, matches, type StoredDeadLetter } from './dead-letter.js';
import { DeadLetterReader } from './dead-letter-reader.js';
import { detailsText, HEADINGS, jsonLine, tableRow, tableText } from './format.js';

export interface ListOptions extends Filter {
  /** How many are shown: the newest. */
  readonly limit: number;
  readonly json: boolean;
}

/** `tactus dlq ls`: lists the newest matching dead letters, and counts all of them by error. */
export function listLetters(options: ListOptions): Promise<number> {
  return runCommand('dlq ls', async (context) => {
    const reader = await DeadLetterReader.open(context);
    try {
      await reader.readMarks();
      const wanted = matches(options);
      const byError = new Map<string, number>();
      let newest: StoredDeadLetter[] = [];
      let total = 0;
      for await (const one of reader.read()) {
        if (!wanted(one)) continue;
        total += 1;
        byError.set(one.letter.error, (byError.get(one.letter.error) ?? 0) + 1);
        newest.push(one);
        if (newest.length >= 2 * options.limit + 100) newest = latest(newest, options.limit);
      }
      newest = latest(newest, options.limit);
      if (options.json) {
        for (const one of newest) say(jsonLine(one));
        return 0;
      }
      if (newest.length > 0) {
        const width = process.stdout.isTTY ? process.stdout.columns : undefined;
        for (const line of tableText([HEADINGS, ...newest.map(tableRow)], width)) say(line);
        say('');
      }
      say(
        `${total} dead ${total === 1 ? 'letter' : 'letters'}${newest.length < total ? `, the newest ${newest.length} shown` : ''}`,
      );
      for (const [error, count] of [...byError].sort(([, a], [, b]) => b - a)) say(`  ${count}  ${error}`);
      return 0;
    } finally {
      await reader.close();
    }
  });
}

function latest(letters: readonly StoredDeadLetter[], limit: number): StoredDeadLetter[] {
  return [...letters]
    .sort((a, b) => a.letter.failedAt - b.letter.failedAt)
    .slice(Math.max(0, letters.length - limit));
}

/** `tactus dlq show ID`: shows all of one dead letter; exit code 1 when there is none with the id. */
export function showLetter(id: string, { json }: { json: boolean }): Promise<number> {
  return runCommand('dlq show', async (context) => {
    if (!/^\d+:\d+$/.test(id))
      throw new TactusError(
        'TACTUS_CONFIG_INVALID',
        `id: must be PARTITION:OFFSET as \`dlq ls\` shows it; it is "${id}"`,
      );
    const reader = await DeadLetterReader.open(context);
    try {
      await reader.readMarks();
      for await (const one of reader.read(id)) {
        say(json ? jsonLine(one) : detailsText(one));
        return 0;
      }
      process.stderr.write(`tactus dlq show: there is no dead letter ${id}\n`);
      return 1;
    } finally {
      await reader.close();
    }
  });
}
