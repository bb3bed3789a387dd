import type { Millis } from '../core/clock.js';

const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;

/** What {@link parseDuration} takes, in words. */
export const DURATION_ALLOWED = 'a duration such as 500ms, 30s, 5m, 1h30m or 1d';

/**
 * Prometheus' notation: whole numbers with units from large to small, each unit at most once (`1h30m`).
 *
 * @returns null for anything else, and for what is too long to be counted in milliseconds
 */
export function parseDuration(text: string): Millis | null {
  const match = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(text);
  if (match === null || text === '') return null;
  const [, ...amounts] = match;
  const units = Object.values(UNITS);
  const ms = amounts.reduce((sum, amount, i) => sum + Number(amount ?? 0) * (units[i] ?? 0), 0);
  return ms <= Number.MAX_SAFE_INTEGER ? ms : null;
}

/** The shortest text that {@link parseDuration} reads as `ms`; `0s` for none. */
export function formatDuration(ms: Millis): string {
  let rest = ms;
  let text = '';
  for (const [unit, size] of Object.entries(UNITS)) {
    const amount = Math.floor(rest / size);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * size;
  }
  return text === '' ? '0s' : text;
}
