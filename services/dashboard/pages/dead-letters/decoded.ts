/*
 * What is in the bytes of a dead letter, as far as bytes alone say it.
 */

/** Bytes in lines: where they are, as hexadecimal, as text. */
export interface DumpLine {
  readonly at: string;
  readonly hex: string;
  readonly text: string;
}

const WIDTH = 16;

export function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** @param most lines, at most */
export function dumpOf(bytes: Uint8Array, most: number): DumpLine[] {
  const lines: DumpLine[] = [];
  for (let start = 0; start < bytes.length && lines.length < most; start += WIDTH) {
    const part = [...bytes.subarray(start, start + WIDTH)];
    lines.push({
      at: start.toString(16).padStart(6, '0'),
      hex: part
        .map((byte) => byte.toString(16).padStart(2, '0'))
        .join(' ')
        .padEnd(3 * WIDTH - 1),
      text: part.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')).join(''),
    });
  }
  return lines;
}

/** The bytes as JSON with indents, or as text; null where they are neither. */
export function textOf(bytes: Uint8Array): string | null {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a text has none of them
  if (/[\u0000-\u0008\u000e-\u001f]/.test(text)) return null;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
