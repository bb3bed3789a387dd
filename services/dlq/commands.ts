import { TactusError } from '../../shared/core/errors.js';
import { runCommand, say } from '../../shared/process/command.js';
import { type Filter, type Letter, matches } from './letter.js';
import { HEADINGS, letterJson, letterLine, letterText, tableText } from './letter-text.js';
import { Letters } from './letters.js';

export interface ListOptions extends Filter {
  /** Most letters that are shown: the newest. */
  readonly limit: number;
  readonly json: boolean;
}

/** `tactus dlq ls`: the newest letters that match, and how many there are by error. */
export function listLetters(options: ListOptions): Promise<number> {
  return runCommand('dlq ls', async (context) => {
    const letters = await Letters.open(context);
    try {
      await letters.readMarks();
      const wanted = matches(options);
      const byError = new Map<string, number>();
      let newest: Letter[] = [];
      let total = 0;
      for await (const one of letters.read()) {
        if (!wanted(one)) continue;
        total += 1;
        byError.set(one.letter.error, (byError.get(one.letter.error) ?? 0) + 1);
        newest.push(one);
        if (newest.length >= 2 * options.limit + 100) newest = latest(newest, options.limit);
      }
      newest = latest(newest, options.limit);
      if (options.json) {
        for (const one of newest) say(letterJson(one));
        return 0;
      }
      if (newest.length > 0) {
        const width = process.stdout.isTTY ? process.stdout.columns : undefined;
        for (const line of tableText([HEADINGS, ...newest.map(letterLine)], width)) say(line);
        say('');
      }
      say(`${total} dead letters${newest.length < total ? `, the newest ${newest.length} shown` : ''}`);
      for (const [error, count] of [...byError].sort(([, a], [, b]) => b - a)) say(`  ${count}  ${error}`);
      return 0;
    } finally {
      await letters.close();
    }
  });
}

function latest(letters: readonly Letter[], limit: number): Letter[] {
  return [...letters]
    .sort((a, b) => a.letter.failedAt - b.letter.failedAt)
    .slice(Math.max(0, letters.length - limit));
}

/** `tactus dlq show ID`: all that is known of one letter; exit code 1 when there is none of the id. */
export function showLetter(id: string, { json }: { json: boolean }): Promise<number> {
  return runCommand('dlq show', async (context) => {
    if (!/^\d+:\d+$/.test(id))
      throw new TactusError(
        'TACTUS_CONFIG_INVALID',
        `id: must be PARTITION:OFFSET as \`dlq ls\` shows it; it is "${id}"`,
      );
    const letters = await Letters.open(context);
    try {
      await letters.readMarks();
      for await (const one of letters.read(id)) {
        say(json ? letterJson(one) : letterText(one));
        return 0;
      }
      process.stderr.write(`tactus dlq show: there is no dead letter ${id}\n`);
      return 1;
    } finally {
      await letters.close();
    }
  });
}
