import type { Filter, StoredDeadLetter } from '../../shared/dead-letters/dead-letter.js';
import { DeadLetterReader } from '../../shared/dead-letters/dead-letter-reader.js';
import type { CommandContext } from '../../shared/process/context.js';

/** The newest dead letters that match a filter, and how many match in all. */
export interface Listing {
  /** Oldest first. */
  readonly letters: readonly StoredDeadLetter[];
  readonly total: number;
  /** By error code, most frequent first. */
  readonly byError: readonly (readonly [code: string, count: number])[];
}

/**
 * Lists the newest matching dead letters, and counts all of them by error.
 *
 * @param limit how many are given at most
 */
export async function listLetters(context: CommandContext, filter: Filter, limit: number): Promise<Listing> {
  return await withReader(context, async (reader) => {
    const byError = new Map<string, number>();
    let newest: StoredDeadLetter[] = [];
    let total = 0;
    for await (const one of reader.read(filter)) {
      total += 1;
      byError.set(one.letter.error, (byError.get(one.letter.error) ?? 0) + 1);
      newest.push(one);
      if (newest.length >= 2 * limit + 100) newest = latest(newest, limit);
    }
    return { letters: latest(newest, limit), total, byError: [...byError].sort(([, a], [, b]) => b - a) };
  });
}

/** Finds one dead letter by its id, `partition:offset`; null when there is none. */
export async function findLetter(context: CommandContext, id: string): Promise<StoredDeadLetter | null> {
  return await withReader(context, async (reader) => {
    for await (const one of reader.read({ id })) return one;
    return null;
  });
}

async function withReader<T>(
  context: CommandContext,
  work: (reader: DeadLetterReader) => Promise<T>,
): Promise<T> {
  const reader = await DeadLetterReader.open(context);
  try {
    await reader.readMarks();
    return await work(reader);
  } finally {
    await reader.close();
  }
}

function latest(letters: readonly StoredDeadLetter[], limit: number): StoredDeadLetter[] {
  return [...letters]
    .sort((a, b) => a.letter.failedAt - b.letter.failedAt)
    .slice(Math.max(0, letters.length - limit));
}
