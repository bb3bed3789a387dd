import { randomInt } from 'node:crypto';
import type { PeopleSecret } from './people-secret.js';

const COUNT = 10;
/** Without 0, 1, i, l, o and u: they are written on paper. */
const DIGITS = '23456789abcdefghjkmnpqrstvwxyz';
/** 16 of 30 digits are 78 bits. */
const GROUPS = 4;
const GROUP_LENGTH = 4;
const FORM = new RegExp(`^[${DIGITS}]{${GROUPS * GROUP_LENGTH}}$`);

/** Codes for who has lost the second factor, each good once. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: COUNT }, () =>
    Array.from({ length: GROUPS }, () =>
      Array.from({ length: GROUP_LENGTH }, () => DIGITS[randomInt(DIGITS.length)]).join(''),
    ).join('-'),
  );
}

/** The only thing that is kept of a recovery code; null for a text that is none. */
export function recoveryHash(secret: PeopleSecret, userId: string, code: string): Buffer | null {
  const digits = code.toLowerCase().replaceAll(/[\s-]/g, '');
  return FORM.test(digits) ? secret.mac('recovery', `${userId} ${digits}`) : null;
}
