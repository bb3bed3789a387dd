import type { Millis } from './clock.js';

/**
 * Waiting times of an exponential back-off with full jitter, capped, never ending
 * (Brooker 2015, "Exponential Backoff And Jitter").
 *
 * @param attempt 0 for the wait before the first retry
 * @param random a number in [0, 1)
 * @returns milliseconds in [base / 2, cap]
 */
export function backoffMs(
  attempt: number,
  random: number,
  { baseMs, capMs }: { baseMs: Millis; capMs: Millis } = { baseMs: 100, capMs: 5_000 },
): Millis {
  const ceiling = Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30));
  return baseMs / 2 + random * (ceiling - baseMs / 2);
}
