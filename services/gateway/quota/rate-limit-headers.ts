import type { LimitState } from '../../../shared/quotas/limits.js';

/** Integers of structured fields have at most 15 digits (RFC 9651). */
const MOST = 999_999_999_999_999;

/**
 * `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers-11, of May 2026: one item for each limit that
 * is in force; without any there are none.
 *
 * The registry of units in that draft has requests, content-bytes and concurrent-requests, and the default is requests; so
 * points and events go by their own names. The window of what is left (`t`) ends no later than `Retry-After`, which senders wait for.
 *
 * @param retryAfterS of an answer that has it
 */
export function rateLimitHeaders(
  states: readonly LimitState[],
  retryAfterS: number | null = null,
): Record<string, string> {
  if (states.length === 0) return {};
  const policies = states.map((state) => {
    const { limit, windowS, quantity } = state;
    const unit = quantity === 'bytes' ? 'content-bytes' : quantity;
    return `"${nameOf(state)}";q=${Math.min(limit, MOST)};qu="${unit}";w=${Math.ceil(windowS)}`;
  });
  const left = states.map((state) => {
    const windowS = Math.min(state.resetS, retryAfterS ?? state.resetS);
    return `"${nameOf(state)}";r=${Math.min(state.remaining, MOST)};t=${windowS}`;
  });
  return { 'ratelimit-policy': policies.join(', '), ratelimit: left.join(', ') };
}

function nameOf({ of, quantity }: LimitState): string {
  return of === 'tenant' ? quantity : `key-${quantity}`;
}
