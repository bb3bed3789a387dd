import { systemClock } from '../core/clock.js';
import type { SentAt } from '../ports/log.js';

/** This moment. */
export function sentNow(): SentAt {
  return { monotonic: performance.now(), wall: systemClock.now() };
}

/**
 * Milliseconds since then, by the clock that says more: the monotonic one stands still while the machine is
 * suspended, and the wall clock may be set back.
 */
export function msSince({ monotonic, wall }: SentAt): number {
  return Math.max(0, performance.now() - monotonic, systemClock.now() - wall);
}
