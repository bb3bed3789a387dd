import { Type } from 'typebox';
import type { Millis } from '../../../shared/core/clock.js';
import { TactusError } from '../../../shared/core/errors.js';
import { isoTime } from '../../../shared/core/iso-time.js';
import { parseTimestamp } from '../../../shared/core/timestamp.js';
import { DURATION_ALLOWED, formatDuration, parseDuration } from '../../../shared/files/duration.js';
import { pattern } from './validation.js';

/** What `parseTimestamp` takes; whether there is such a day is another matter. */
export const TIMESTAMP_FORM = (() => {
  const clock = String.raw`[Tt ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?`;
  const zone = String.raw`[Zz]|[+\-]\d{2}:?\d{2}`;
  return String.raw`[+\-]?\d+(\.\d+)?|\d{4}-\d{2}-\d{2}(${clock})?\s*(${zone})?`;
})();
const TIME_FORM = `^(now(-[0-9dhms]+)?|${TIMESTAMP_FORM})$`;
/** Times as ISO 8601, or seconds or milliseconds since the epoch; `now-1h` as Grafana has it. */
const TIME = 'ISO 8601, seconds or milliseconds since the epoch, now, or now-1h';
const MAX_TEXT = 64;

/** A time, as {@link timeOf} reads it. */
export const TimeField = (description: string, example: string) =>
  Type.String({
    ...pattern(TIME_FORM, TIME),
    ...{ maxLength: MAX_TEXT, description: `${description}: ${TIME}`, examples: [example] },
  });

export const RangeQuery = {
  from: Type.Optional(TimeField('Begin, inclusive', 'now-1h')),
  to: Type.Optional(TimeField('End, exclusive, now by default', 'now')),
} as const;

/** A length of time, as {@link durationOf} reads it. */
export const DurationField = (description: string, example: string) =>
  Type.String({
    ...pattern(String.raw`^(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$`, DURATION_ALLOWED),
    ...{ minLength: 2, maxLength: MAX_TEXT, description, examples: [example] },
  });

/** `end` is exclusive. */
export interface Range {
  readonly start: Millis;
  readonly end: Millis;
}

const MAX_RANGE_KEY = 'TACTUS_API_MAX_RANGE_MS';

export interface RangeBounds {
  /** How long it is where no begin is named. */
  readonly byDefaultMs: Millis;
  readonly maxRangeMs: Millis;
  /** What sets the bound; null where nothing does. */
  readonly key?: string | null;
}

/** @throws TactusError `TACTUS_REQUEST_INVALID`, `TACTUS_QUERY_TOO_LARGE` */
export function rangeOf(
  { from, to }: { readonly from?: string; readonly to?: string },
  now: Millis,
  { byDefaultMs, maxRangeMs, key = MAX_RANGE_KEY }: RangeBounds,
): Range {
  const end = to === undefined ? now : timeOf('to', to, now);
  const start = from === undefined ? end - byDefaultMs : timeOf('from', from, now);
  if (start >= end)
    throw new TactusError(
      'TACTUS_REQUEST_INVALID',
      `from: must be before to: value was ${isoTime(start)}, and to is ${isoTime(end)}`,
    );
  if (end - start > maxRangeMs)
    throw new TactusError(
      'TACTUS_QUERY_TOO_LARGE',
      `from: at most ${formatDuration(maxRangeMs)} before to${key === null ? '' : ` (${key})`}: value was ${isoTime(start)}`,
    );
  return { start, end };
}

/** @throws TactusError `TACTUS_REQUEST_INVALID` */
export function timeOf(name: string, text: string, now: Millis): Millis {
  const relative = /^now(?:-(.+))?$/.exec(text);
  const ago = relative?.[1] === undefined ? 0 : parseDuration(relative[1]);
  const time = relative === null ? parseTimestamp(text) : ago === null ? null : now - ago;
  if (time === null)
    throw new TactusError(
      'TACTUS_REQUEST_INVALID',
      `${name}: must be ${TIME}: value was ${JSON.stringify(text)}`,
    );
  return time;
}

/** @throws TactusError `TACTUS_REQUEST_INVALID` */
export function durationOf(name: string, text: string): Millis {
  const ms = parseDuration(text);
  if (ms === null || ms === 0)
    throw new TactusError(
      'TACTUS_REQUEST_INVALID',
      `${name}: must be ${DURATION_ALLOWED}: value was ${JSON.stringify(text)}`,
    );
  return ms;
}
