const FINAL_TEXT = 0x81;
const MAX_7_BIT = 125;
const MAX_16_BIT = 0xffff;
const LENGTH_16_BIT = 126;

/**
 * A text message of WebSocket as the server sends it (RFC 6455, 5.2): one frame, not masked.
 *
 * @returns its bytes, each a character; null where the text is not plain ASCII, or too long for a length of two bytes
 */
export function textFrame(text: string): string | null {
  const { length } = text;
  if (length > MAX_16_BIT || Buffer.byteLength(text) !== length) return null;
  const head =
    length <= MAX_7_BIT
      ? String.fromCharCode(FINAL_TEXT, length)
      : String.fromCharCode(FINAL_TEXT, LENGTH_16_BIT, length >> 8, length & 0xff);
  return head + text;
}
