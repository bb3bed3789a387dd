import type { LimitState } from '../../../shared/quotas/limits.js';

/**
 * `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers-10: one item for each limit that is in force;
 * without any there are none.
 */
export function rateLimitHeaders(states: readonly LimitState[]): Record<string, string> {
  if (states.length === 0) return {};
  const policies = states.map((state) => {
    const { limit, windowS, quantity } = state;
    // What is not stated is counted in requests.
    const unit = quantity === 'bytes' ? 'content-bytes' : quantity;
    return `"${nameOf(state)}";q=${limit};qu="${unit}";w=${Math.ceil(windowS)}`;
  });
  const left = states.map((state) => `"${nameOf(state)}";r=${state.remaining};t=${state.resetS}`);
  return { 'ratelimit-policy': policies.join(', '), ratelimit: left.join(', ') };
}

function nameOf({ of, quantity }: LimitState): string {
  return of === 'tenant' ? quantity : `key-${quantity}`;
}
