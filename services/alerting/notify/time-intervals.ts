import type { Millis } from '../../../shared/core/clock.js';
import { Lru } from '../../../shared/core/lru.js';
import { listOf, mapOf, mapping, text, texts } from '../../../shared/files/readers.js';
import type { Reader } from '../../../shared/files/value.js';

/** Times of the week and the year, as Alertmanager's `time_intervals` have them. */
export interface TimeInterval {
  readonly name: string;
  /** What is written: by it a change of the file is noticed. */
  readonly entries: readonly Entry[];
  includes(at: Millis): boolean;
}

/** From the first to the last, both included; below 0 counted from the end, as days of a month are. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** All that is not given is met by any time. */
interface Entry {
  readonly times: readonly Span[];
  readonly weekdays: readonly Span[];
  readonly daysOfMonth: readonly Span[];
  readonly months: readonly Span[];
  readonly years: readonly Span[];
  /** Of the IANA. */
  readonly zone: string;
}

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const MONTHS = [
  ...['january', 'february', 'march', 'april', 'may', 'june'],
  ...['july', 'august', 'september', 'october', 'november', 'december'],
];
const MINUTE_MS = 60_000;
const MAX_INTERVALS = 200;
const MAX_ENTRIES = 50;
const MAX_CLOCKS = 100;
const NAME = /^[A-Za-z0-9_-]{1,60}$/;

/** An interval is asked for each group, and answers by the minute. */
function intervalOf(name: string, entries: readonly Entry[]): TimeInterval {
  let known: { readonly minute: number; readonly includes: boolean } | null = null;
  return {
    ...{ name, entries },
    includes(at) {
      const minute = Math.floor(at / MINUTE_MS);
      if (known?.minute !== minute) known = { minute, includes: entries.some((entry) => fits(entry, at)) };
      return known.includes;
    },
  };
}

function fits({ times, weekdays, daysOfMonth, months, years, zone }: Entry, at: Millis): boolean {
  const parts = Object.fromEntries(
    clockOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const [year, month, day, hour, minute] = ['year', 'month', 'day', 'hour', 'minute'].map((part) =>
    Number(parts[part]),
  ) as [number, number, number, number, number];
  const within = (spans: readonly Span[], value: number) =>
    spans.length === 0 || spans.some(({ from, to }) => from <= value && value <= to);
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const weekday = new Date(Date.UTC(year, month - 1, day)).getUTCDay();
  const fromStart = (n: number) => (n < 0 ? days + 1 + n : n);
  const ofMonth = daysOfMonth.map(({ from, to }) => ({ from: fromStart(from), to: fromStart(to) }));
  return (
    within(times, hour * 60 + minute) &&
    within(weekdays, weekday) &&
    within(ofMonth, day) &&
    within(months, month) &&
    within(years, year)
  );
}

/** Each is one number or name, or two with a colon between them. */
function spans(allowed: string, read: (part: string) => number | null): Reader<readonly Span[]> {
  const each: Reader<Span> = (value) => {
    const written = typeof value.scalar === 'number' ? String(value.scalar) : value.scalar;
    if (typeof written !== 'string') return value.refuse(allowed);
    const [first = '', last = first, ...more] = written
      .toLowerCase()
      .split(':')
      .map((part) => part.trim());
    const [from, to] = [read(first), read(last)];
    if (from === null || to === null || more.length > 0) return value.refuse(allowed);
    // Which of a day from the start and one from the end of a month comes first is known in that month only.
    if (from > to && from < 0 === to < 0)
      return value.wrong(`must not end before it begins: value was "${written}"`);
    return { from, to };
  };
  return listOf(each, { allowed: `a list of ${allowed}`, most: MAX_ENTRIES });
}

/** @param names by their numbers, from `least` on */
const named = (names: readonly string[], least: number) => (part: string) => {
  const index = names.indexOf(part);
  return index >= 0 ? index + least : null;
};
const numbered = (least: number, most: number) => (part: string) => {
  const value = /^-?\d{1,4}$/.test(part) ? Number(part) : Number.NaN;
  return value >= least && value <= most && value !== 0 ? value : null;
};

/** Written as `09:00-17:00`; the end is not part of it. */
const timesOfDay: Reader<readonly Span[]> = listOf(
  (value) => {
    const written = typeof value.scalar === 'string' ? value.scalar : '';
    const match = /^(\d\d):([0-5]\d)\s?-\s?(\d\d):([0-5]\d)$/.exec(written);
    const [h1, m1, h2, m2] = (match?.slice(1) ?? []).map(Number) as [number, number, number, number];
    const [from, end] = [h1 * 60 + m1, h2 * 60 + m2];
    // Over midnight are two of them: which day would be meant?
    if (match === null || from >= end || end > 1_440)
      return value.refuse('"HH:MM-HH:MM" within one day, up to 24:00');
    return { from, to: end - 1 };
  },
  { allowed: 'a list of times such as "09:00-17:00"', most: MAX_ENTRIES },
);

const location: Reader<string> = (value) => {
  const zone = text('a time zone such as Europe/Berlin')(value);
  if (zone === null) return null;
  try {
    clockOf(zone);
    return zone;
  } catch {
    return value.refuse('a time zone of the IANA, such as Europe/Berlin');
  }
};

/** By time zone: one takes much memory, and the file, in which many entries have the same, is read again and again. */
const clocks = new Lru<string, Intl.DateTimeFormat>(MAX_CLOCKS);

/** What reads the time in a zone. @throws RangeError for a name that is none */
function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known !== undefined) return known;
  const clock = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, calendar: 'gregory', hourCycle: 'h23' },
    ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' },
  });
  clocks.set(timeZone, clock);
  return clock;
}

const entry = mapping<Entry>(
  ['times', 'weekdays', 'daysOfMonth', 'months', 'years', 'location'],
  (fields) => ({
    times: fields.optional('times', timesOfDay, []),
    weekdays: fields.optional(
      'weekdays',
      spans('weekdays such as saturday or monday:friday', named(WEEKDAYS, 0)),
      [],
    ),
    daysOfMonth: fields.optional('daysOfMonth', spans('days such as 1, 1:7 or -3:-1', numbered(-31, 31)), []),
    months: fields.optional(
      'months',
      spans(
        'months such as december, 1:3 or june:august',
        (part) => named(MONTHS, 1)(part) ?? numbered(1, 12)(part),
      ),
      [],
    ),
    years: fields.optional('years', spans('years such as 2026 or 2026:2028', numbered(1970, 9999)), []),
    zone: fields.optional('location', location, 'UTC'),
  }),
  '{ times, weekdays, daysOfMonth, months, years, location }',
);
const entries = listOf(entry, { allowed: 'a list of { times, weekdays, … }', least: 1, most: MAX_ENTRIES });

/** Intervals by their names. */
export const timeIntervals: Reader<ReadonlyMap<string, TimeInterval>> = mapOf(
  (value, name) => {
    const all = entries(value);
    return all && intervalOf(name, all);
  },
  {
    allowed: 'a mapping of names to lists of times',
    most: MAX_INTERVALS,
    name: (name) => (NAME.test(name) ? null : 'must be named by 1 to 60 of A-Z a-z 0-9 _ -'),
  },
);

/** A list of names of intervals. */
export function intervalsAmong(all: ReadonlyMap<string, TimeInterval>): Reader<readonly TimeInterval[]> {
  const allowed =
    all.size === 0 ? 'names of `timeIntervals`, of which there are none' : [...all.keys()].join(', ');
  const known: Reader<string> = (value) =>
    typeof value.scalar === 'string' && all.has(value.scalar) ? value.scalar : value.refuse(allowed);
  return (value) => {
    const names = texts('a list of different names of timeIntervals', known)(value);
    return names?.flatMap((name) => all.get(name) ?? []) ?? null;
  };
}
