const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INTEGER = /^-?\d{1,19}i$/;
const UNSIGNED = /^\d{1,20}u$/;
const TRUE = new Set(['t', 'T', 'true', 'True', 'TRUE']);
const FALSE = new Set(['f', 'F', 'false', 'False', 'FALSE']);
const LARGEST_INTEGER = 2n ** 63n - 1n;
const LARGEST_UNSIGNED = 2n ** 64n - 1n;
/** Longer texts are no numbers that anybody writes. */
const MAX_LENGTH = 400;

/** The number that a field's value is, booleans as 0 and 1; null for what is none. */
export function numberOf(text: string): number | null {
  if (text.length > MAX_LENGTH) return null;
  if (FLOAT.test(text)) return Number(text);
  if (INTEGER.test(text)) {
    const number = Number(text.slice(0, -1));
    if (Number.isSafeInteger(number)) return number;
    const exact = BigInt(text.slice(0, -1));
    return exact <= LARGEST_INTEGER && exact >= -LARGEST_INTEGER - 1n ? number : null;
  }
  if (UNSIGNED.test(text)) {
    const digits = text.slice(0, -1);
    return BigInt(digits) <= LARGEST_UNSIGNED ? Number(digits) : null;
  }
  if (TRUE.has(text)) return 1;
  return FALSE.has(text) ? 0 : null;
}

/** Without the backslashes before characters that would else end a name. */
export function unescaped(text: string): string {
  return text.includes('\\') ? text.replaceAll(/\\([,= ])/g, '$1') : text;
}
