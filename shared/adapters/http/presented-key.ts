import type { IncomingHttpHeaders } from 'node:http';

/** Longer than any key or access token; what is longer is not looked at. */
const MAX_LENGTH = 8_192;
const AUTHORIZATION = /^(bearer|token|basic) +(\S+) *$/i;

/**
 * The key that a request presents, in one of the forms that senders have: `Authorization: Bearer KEY`, `Authorization:
 * Token KEY`, Basic with the key as the password, or as the user with an empty password, `X-Api-Key`. Null without one.
 */
export function presentedKey(headers: IncomingHttpHeaders): string | null {
  const { authorization, 'x-api-key': apiKey } = headers;
  if (authorization === undefined)
    return typeof apiKey === 'string' && apiKey.length <= MAX_LENGTH ? apiKey || null : null;
  if (authorization.length > MAX_LENGTH) return null;
  const [, scheme = '', credentials = ''] = AUTHORIZATION.exec(authorization) ?? [];
  if (scheme.toLowerCase() !== 'basic') return credentials || null;
  const text = Buffer.from(credentials, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return null;
  return text.slice(colon + 1) || text.slice(0, colon) || null;
}
