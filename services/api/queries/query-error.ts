import { databaseError, sqlState } from '../../../shared/adapters/postgres/errors.js';
import { messageOf, TactusError } from '../../../shared/core/errors.js';

/** What a column cannot hold, by SQLSTATE: a text with U+0000, a time before 4713 BC or one that is none. It comes from the request. */
const NOT_TAKEN: Readonly<Record<string, readonly [what: string, allowed: string]>> = {
  '22021': ['a text', 'texts without U+0000'],
  '22P05': ['a text', 'texts without U+0000'],
  '22007': ['a time', 'times from the year 4713 BC to 275760'],
  '22008': ['a time', 'times from the year 4713 BC to 275760'],
};

/** Texts go to the database without them, JSON has them as what it escapes. */
const HALF_PAIR = ['a text', 'texts without halves of surrogate pairs'] as const;

/** The code alone is that of any text that is none of the type that it should be; nothing else is wrong with the JSON that is sent. */
const isOfHalfPair = (error: unknown): boolean =>
  sqlState(error) === '22P02' && /json/.test(messageOf(error));

/** Why a statement with values of a request failed: as {@link databaseError}, or `TACTUS_REQUEST_INVALID` for such a value. */
export function queryError(error: unknown, doing: string): TactusError {
  const notTaken = isOfHalfPair(error) ? HALF_PAIR : NOT_TAKEN[sqlState(error) ?? ''];
  if (notTaken === undefined) return databaseError(error, doing);
  const [what, allowed] = notTaken;
  return new TactusError(
    'TACTUS_REQUEST_INVALID',
    `${doing}: the database does not take ${what} of the request (${messageOf(error)}); allowed are ${allowed}`,
    { cause: error },
  );
}
