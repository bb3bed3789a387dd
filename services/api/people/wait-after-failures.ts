import type { Millis } from '../../../shared/core/clock.js';

const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 900_000;

/** How long after the last of `count` failures the next try may be: not at all for the first ones, then twice as long each time. */
export function waitAfterFailures(count: number, free: number): Millis {
  return count < free ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (count - free));
}
