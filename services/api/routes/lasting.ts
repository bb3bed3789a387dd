import { TactusError } from '../../../shared/core/errors.js';
import { durationOf } from '../http/range.js';

const MAX_LENGTH_MS = 3_650 * 86_400_000;

/** When something starts, and when or after how long it ends. */
export interface Lasting {
  readonly startsAt?: string;
  readonly endsAt?: string;
  readonly for?: string;
}

/** When it starts, and how long it lasts. @throws TactusError `TACTUS_REQUEST_INVALID` */
export function timeOf(wanted: Lasting, now: number): { startsAt: number; forMs: number } {
  const { startsAt: startText, endsAt, for: length } = wanted;
  const startsAt = Math.max(now, startText === undefined ? now : Date.parse(startText));
  if ((endsAt === undefined) === (length === undefined))
    throw new TactusError('TACTUS_REQUEST_INVALID', 'endsAt: missing; allowed is either endsAt or for');
  const forMs = length === undefined ? Date.parse(endsAt ?? '') - startsAt : durationOf('for', length);
  if (forMs > 0 && forMs <= MAX_LENGTH_MS && startsAt - now <= MAX_LENGTH_MS) return { startsAt, forMs };
  throw new TactusError(
    'TACTUS_REQUEST_INVALID',
    `${endsAt === undefined ? 'for' : 'endsAt'}: must be after startsAt and now, and neither may be more than 3650d ahead: value was ${endsAt ?? length}`,
  );
}
