const FORM = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._@+-]{0,99}$/u;

export const USER_NAME_ALLOWED = '1 to 100 letters, digits and . _ @ + -, beginning with a letter or a digit';

/** A name as it is stored and shown (composed, NFC); null where it is none. */
export function userName(text: string): string | null {
  const name = text.normalize('NFC');
  return FORM.test(name) ? name : null;
}

/** A name as names are compared: `Ada`, `ada` and its full-width form are the same person (as RFC 8265, UsernameCaseMapped). */
export function nameKeyOf(name: string): string {
  return name.normalize('NFKC').toLowerCase().normalize('NFKC');
}
