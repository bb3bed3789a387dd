import type { Millis } from './clock.js';
import { MAX_DATE_MS } from './iso-time.js';

const DATE_TIME =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})([.,]\d+)?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;
/** 24:00:00 ends a day. */
const DAY_S = 86_400;
const EPOCH = /^[+-]?\d+(\.\d+)?$/;
/** Larger epoch numbers are milliseconds: as seconds they would be after the year 5138. */
const MILLISECONDS_FROM = 1e11;

/**
 * Parses a time in ISO 8601, as `YYYY-MM-DD HH:MM:SS`, or in epoch seconds or milliseconds. Without a zone
 * it is UTC.
 *
 * @returns null for anything else, and for epoch numbers beyond what a `Date` takes
 */
export function parseTimestamp(text: string): Millis | null {
  if (EPOCH.test(text)) return epochMs(Number(text));
  const match = DATE_TIME.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '0', zone = 'Z'] = match;
  // `Date.UTC` takes a year below 100 for one of the 20th century.
  const days = new Date(0).setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (new Date(days).getUTCDate() !== Number(day) || Number(month) > 12) return null;
  const clock = (Number(hour) * 60 + Number(minute)) * 60 + Number(second);
  if (clock > DAY_S || Number(minute) > 59 || Number(second) > 60) return null;
  if (zone.length > 1 && (Number(zone.slice(1, 3)) > 23 || Number(zone.slice(-2)) > 59)) return null;
  return days + clock * 1000 + Number(`0.${fraction.slice(1) || '0'}`) * 1000 - offsetOf(zone);
}

/** Milliseconds of a number that is seconds or milliseconds since the epoch; null beyond what a `Date` takes. */
export function epochMs(number: number): Millis | null {
  const ms = Math.abs(number) < MILLISECONDS_FROM ? number * 1000 : number;
  return Math.abs(ms) <= MAX_DATE_MS ? ms : null;
}

function offsetOf(zone: string): Millis {
  if (zone.toUpperCase() === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith('-') ? -1 : 1) * minutes * 60_000;
}
