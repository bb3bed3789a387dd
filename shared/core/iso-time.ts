import type { Millis } from './clock.js';

/** What a `Date` takes: 275,000 years around 1970. */
export const MAX_DATE_MS = 8_640_000_000_000_000;

/** ISO 8601, UTC. Records may hold any number: beyond the calendar it is its first or last millisecond. */
export function isoTime(ms: Millis): string {
  return new Date(Math.min(MAX_DATE_MS, Math.max(-MAX_DATE_MS, ms || 0))).toISOString();
}
