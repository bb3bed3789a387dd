import { randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import type { Millis } from '../../../shared/core/clock.js';

/*
 * The second factor: time-based one-time passwords (RFC 6238) with what every app for them takes: SHA-1, 6 digits, 30 s.
 */

const ISSUER = 'Tactus';
const DIGITS = 6;
const PERIOD_S = 30;
/** Codes of the step before and after are good too: clocks differ, and people type (RFC 6238, 5.2). */
const WINDOW = 1;
/** As long as the hash (RFC 4226, 4, R6). */
const SECRET_BYTES = 20;
const CODE = /^\d{6}$/;

export function newTotpSecret(): Buffer {
  return randomBytes(SECRET_BYTES);
}

/** How an app is given the secret: as text, and as an `otpauth:` URI, mostly shown as a QR code. */
export function totpEnrolment(
  secret: Uint8Array,
  userName: string,
): { readonly secret: string; readonly uri: string } {
  const totp = totpOf(secret, userName);
  return { secret: totp.secret.base32, uri: totp.toString() };
}

/** The time step that a code is of; null where it is not one of those that are good now. */
export function stepOfCode(secret: Uint8Array, code: string, now: Millis): number | null {
  if (!CODE.test(code)) return null;
  const delta = totpOf(secret, '').validate({ token: code, timestamp: now, window: WINDOW });
  return delta === null ? null : Math.floor(now / (PERIOD_S * 1_000)) + delta;
}

function totpOf(secret: Uint8Array, label: string): TOTP {
  return new TOTP({
    ...{ issuer: ISSUER, label, algorithm: 'SHA1', digits: DIGITS, period: PERIOD_S },
    secret: new Secret({ buffer: new Uint8Array(secret).buffer }),
  });
}
