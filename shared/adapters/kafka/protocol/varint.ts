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
    const { bytes, at } = this;
    const first = bytes[at] as number;
    if (first < 0x80) {
      this.at = at + 1;
      return (first >>> 1) ^ -(first & 1);
    }
    const second = bytes[at + 1] as number;
    if (second < 0x80) {
      this.at = at + 2;
      const zigzag = (first & 0x7f) | (second << 7);
      return (zigzag >>> 1) ^ -(zigzag & 1);
    }
    return this.#long();
  }

  /** Of any length: hardly a number of a record has more than two bytes. */
  #long(): number {
    let value = 0;
    let factor = 1;
    for (let count = 0; count < 10; count++) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new RangeError('the bytes end inside a varint');
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      factor *= 128;
    }
    throw new RangeError('a varint of more than 10 bytes');
  }
}
