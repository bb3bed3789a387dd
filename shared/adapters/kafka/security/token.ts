import { type Millis, systemClock } from '../../../core/clock.js';
import { jsonObject } from '../../../core/json-object.js';

interface Claims {
  readonly iss?: unknown;
  readonly aud?: unknown;
  readonly sub?: unknown;
  readonly iat?: unknown;
  readonly exp?: unknown;
}

/** What a JSON Web Token says of itself; nothing of a token that is none. Whether it is genuine, the broker decides. */
function claimsOf(token: string): Claims {
  const [, body = ''] = token.split('.');
  return jsonObject(Buffer.from(body, 'base64url').toString()) ?? {};
}

/** When a token ends; null where it does not say. */
export function expiryOf(token: string): Millis | null {
  const { exp } = claimsOf(token);
  return typeof exp === 'number' ? exp * 1_000 : null;
}

/** What may be shown of a token. */
export function tokenInWords(token: string, now: Millis = systemClock.now()): string {
  const { iss, aud, sub } = claimsOf(token);
  const claims = Object.entries({ issuer: iss, audience: aud, subject: sub })
    .filter(([, value]) => typeof value === 'string' || Array.isArray(value))
    .map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  const expiry = expiryOf(token);
  if (expiry !== null) {
    const seconds = Math.round((expiry - now) / 1_000);
    claims.push(seconds < 0 ? `expired ${-seconds} s ago` : `expires in ${seconds} s`);
  }
  return claims.length === 0 ? 'not a JSON Web Token' : claims.join(', ');
}
