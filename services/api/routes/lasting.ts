import { TactusError } from '../../../shared/core/errors.js';
import { durationOf } from '../http/range.js';

const MAX_DAYS = 3_650;
const MAX_LENGTH_MS = MAX_DAYS * 86_400_000;

/** When something starts, and when or after how long it ends. */
export interface Lasting {
  readonly startsAt?: string;
  readonly endsAt?: string;
  readonly for?: string;
}

/** When it starts, and how long it lasts. @throws TactusError `TACTUS_REQUEST_INVALID` */
export function timeOf(wanted: Lasting, now: number): { startsAt: number; forMs: number } {
  const { startsAt: startText, endsAt, for: length } = wanted;
  const startsAt = startText === undefined ? now : Math.max(now, Date.parse(startText));
  // Of a text in the form of a time, such as that of a leap second, there may be none.
  if (!(startsAt - now <= MAX_LENGTH_MS))
    throw refused('startsAt', `must be a time at most ${MAX_DAYS}d ahead: value was ${startText}`);
  if (endsAt !== undefined && length !== undefined)
    throw refused('for', 'is given beside endsAt; allowed is one of them');
  if (length !== undefined) {
    const forMs = durationOf('for', length);
    if (forMs <= MAX_LENGTH_MS) return { startsAt, forMs };
    throw refused('for', `must be at most ${MAX_DAYS}d: value was ${length}`);
  }
  if (endsAt === undefined) throw refused('endsAt', 'missing; allowed is either endsAt or for');
  const forMs = Date.parse(endsAt) - startsAt;
  if (forMs > 0 && forMs <= MAX_LENGTH_MS) return { startsAt, forMs };
  throw refused(
    'endsAt',
    `must be after startsAt and now, and at most ${MAX_DAYS}d after these: value was ${endsAt}`,
  );
}

function refused(field: string, why: string): TactusError {
  return new TactusError('TACTUS_REQUEST_INVALID', `${field}: ${why}`);
}
