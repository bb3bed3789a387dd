import { databaseError, sqlState } from '../../../shared/adapters/postgres/errors.js';
import { messageOf, TactusError } from '../../../shared/core/errors.js';

/** SQLSTATEs of a text that no column can hold, as one with U+0000 is: it comes from the request. */
const NO_TEXT: ReadonlySet<string | null> = new Set(['22021', '22P05']);

/** Why a statement with values of a request failed: as {@link databaseError}, or `TACTUS_REQUEST_INVALID` for such a value. */
export function queryError(error: unknown, doing: string): TactusError {
  if (!NO_TEXT.has(sqlState(error))) return databaseError(error, doing);
  return new TactusError(
    'TACTUS_REQUEST_INVALID',
    `${doing}: the database does not take a text of the request (${messageOf(error)}); allowed are texts without U+0000`,
    { cause: error },
  );
}
