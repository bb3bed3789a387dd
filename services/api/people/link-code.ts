import { createHash, randomBytes } from 'node:crypto';

const BYTES = 32;
const FORM = /^[\w-]{43}$/;

/** A code that a link is made of: whoever has it needs nothing else, and nobody can guess it. */
export function newLinkCode(): string {
  return randomBytes(BYTES).toString('base64url');
}

export function isLinkCode(text: string): boolean {
  return FORM.test(text);
}

/**
 * What is stored of a code, which cannot be read again from it. As random as a key, so that no slow hash is needed; who looks for a hash
 * learns nothing from how long that takes.
 */
export function hashOfCode(code: string): Buffer {
  return createHash('sha256').update(code).digest();
}
