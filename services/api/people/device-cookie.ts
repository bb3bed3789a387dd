import { randomBytes } from 'node:crypto';
import type { Millis } from '../../../shared/core/clock.js';
import { DEVICE_MS } from './lifetimes.js';
import type { PeopleSecret } from './people-secret.js';

/*
 * What a browser keeps after a login, so that it is known again: failures of others do not keep its user out (OWASP, "Slow Down Online
 * Guessing Attacks with Device Cookies"). It stands for no login: who has it may only go on guessing, within limits of its own.
 */

const NONCE_BYTES = 9;
const FORM = /^([\w-]{12})\.(\d{1,16})\.([\w-]{43})$/;

export function deviceCookie(secret: PeopleSecret, nameKey: string, now: Millis): string {
  const head = `${randomBytes(NONCE_BYTES).toString('base64url')}.${Math.floor(now)}`;
  return `${head}.${secret.mac('device', textOf(head, nameKey)).toString('base64url')}`;
}

/** What stands for the device; null where the cookie is not of that user, is too old, or was never given to anybody. */
export function knownDevice(
  secret: PeopleSecret,
  cookie: string,
  nameKey: string,
  now: Millis,
): string | null {
  const [, nonce = '', madeAt = '', mac = ''] = FORM.exec(cookie) ?? [];
  if (nonce === '' || now - Number(madeAt) > DEVICE_MS) return null;
  const head = `${nonce}.${madeAt}`;
  return secret.isMac('device', textOf(head, nameKey), Buffer.from(mac, 'base64url')) ? nonce : null;
}

function textOf(head: string, nameKey: string): string {
  return `${head}.${nameKey}`;
}
