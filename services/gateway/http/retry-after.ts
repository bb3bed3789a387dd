/** As Mimir has it: 6 s, doubled with each attempt, up to 96 s, so that senders that were refused together come apart. */
const BASE_S = 6;
const MAX_S = 96;
/** Beyond it the cap holds. */
const MAX_DOUBLINGS = 4;

/**
 * Seconds after which a sender shall try again.
 *
 * @param attempt the `Retry-Attempt` header, which counts from 1; missing at first
 * @param random a number in [0, 1)
 */
export function retryAfterS(attempt: string | readonly string[] | undefined, random: number): number {
  const count = Number(attempt ?? 1);
  const doublings = Number.isInteger(count) ? Math.min(MAX_DOUBLINGS, Math.max(0, count - 1)) : 0;
  const seconds = Math.min(MAX_S, BASE_S * 2 ** doublings);
  return Math.min(MAX_S, Math.ceil(seconds * (0.5 + random)));
}
