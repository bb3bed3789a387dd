import { isUtf8 } from 'node:buffer';

/** The text of a header that came in UTF-8, as senders write it that is no ASCII: Node reads each byte of it as a character. */
export function headerText(value: string): string {
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : value;
}
