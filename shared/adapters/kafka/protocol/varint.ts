/**
 * Reads Kafka's zigzag varints (as Protocol Buffers' sint64) one after the other out of a buffer.
 *
 * One object is moved along instead of returning value and position: the caller is the hot path.
 * Values beyond 2^53 lose precision, which no field of a record reaches.
 */
export class VarintReader {
  at = 0;

  constructor(readonly bytes: Buffer) {}

  /** @throws RangeError when the bytes end before the number does, or it has more than 10 bytes */
  next(): number {
    const { bytes } = this;
    let byte = this.#byte(bytes);
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
    let value = byte & 0x7f;
    let factor = 128;
    for (let count = 1; count < 10; count++) {
      byte = this.#byte(bytes);
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      factor *= 128;
    }
    throw new RangeError('a varint of more than 10 bytes');
  }

  #byte(bytes: Buffer): number {
    const byte = bytes[this.at++];
    if (byte === undefined) throw new RangeError('the bytes end inside a varint');
    return byte;
  }
}
