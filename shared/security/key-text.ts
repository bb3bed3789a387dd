import { createHash, randomInt } from 'node:crypto';

/*
 * The text of a key: `tactus_`, 12 characters that identify it and are no secret, `_`, 43 secret ones (256 bits), and a
 * checksum of 6. The checksum detects a typing error, and scanners for leaked secrets find no other text by the prefix.
 */

const PREFIX = 'tactus_';
const ID_DIGITS = 'abcdefghijklmnopqrstuvwxyz234567';
const ID_LENGTH = 12;
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 62^43 is just above 2^256. */
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const LENGTH = PREFIX.length + ID_LENGTH + 1 + SECRET_LENGTH + CHECKSUM_LENGTH;
const FORM = /^tactus_[a-z2-7]{12}_[0-9A-Za-z]{49}$/;

/** A new key: its text, to be shown once, and its id. */
export function makeKeyText(): { readonly id: string; readonly text: string } {
  const id = drawn(ID_DIGITS, ID_LENGTH);
  const text = `${PREFIX}${id}_${drawn(DIGITS, SECRET_LENGTH)}`;
  return { id, text: text + checksumOf(text) };
}

/** The id of a key by its text; null where that is none, or was mistyped. */
export function keyIdOf(text: string): string | null {
  if (text.length !== LENGTH || !FORM.test(text)) return null;
  const end = LENGTH - CHECKSUM_LENGTH;
  if (checksumOf(text.slice(0, end)) !== text.slice(end)) return null;
  return text.slice(PREFIX.length, PREFIX.length + ID_LENGTH);
}

function drawn(digits: string, length: number): string {
  let text = '';
  for (let i = 0; i < length; i++) text += digits[randomInt(digits.length)];
  return text;
}

function checksumOf(text: string): string {
  let rest = createHash('sha256').update(text).digest().readUInt32BE(0);
  let checksum = '';
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    checksum = `${DIGITS[rest % DIGITS.length]}${checksum}`;
    rest = Math.floor(rest / DIGITS.length);
  }
  return checksum;
}
