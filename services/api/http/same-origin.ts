import type { IncomingHttpHeaders } from 'node:http';
import { TactusError } from '../../../shared/core/errors.js';

/**
 * Refuses what a page of another site has a browser send: for routes that a cookie is enough for, or that set one, and for WebSockets,
 * which a browser opens without asking first. SameSite keeps the cookie from most of that; this covers sites on other ports and
 * subdomains, and logins in somebody else's name. Who is no browser sends none of these headers, and has no cookie of others either.
 *
 * @param allowed origins that may ask, besides our own
 * @throws TactusError `TACTUS_NOT_ALLOWED`
 */
export function requireSameOrigin(headers: IncomingHttpHeaders, allowed: readonly string[]): void {
  const { origin, host, 'sec-fetch-site': site } = headers;
  if (origin !== undefined && allowed.includes(origin)) return;
  if (site === 'same-origin' || site === 'none') return;
  if (site === undefined && (origin === undefined || isOf(origin, host))) return;
  throw new TactusError(
    'TACTUS_NOT_ALLOWED',
    `pages of ${JSON.stringify((origin ?? site ?? '').slice(0, 128))} may not do this; allowed are those of ${[host, ...allowed].join(', ')} (TACTUS_API_CORS_ORIGINS)`,
  );
}

function isOf(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host;
}
