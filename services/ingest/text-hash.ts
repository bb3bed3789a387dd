/**
 * A 64-bit hash of texts given as bytes, and whether they are plain ASCII.
 *
 * Two of the four lanes of MurmurHash3 x86_128 (Appleby 2011), each with its multipliers, mixed
 * into one another after every word. Lanes are 32 bits wide because that is what JavaScript
 * multiplies fast. Each text is ended by its length, so that "a", "bc" and "ab", "c" differ.
 */
export class TextHash {
  low = 0;
  high = 0;
  /** False after a byte other than printable ASCII (0x20 to 0x7e). */
  plain = true;

  /** Begins at the state of another hash, or anew. */
  begin(low = 0, high = 0): void {
    this.low = low;
    this.high = high;
  }

  add(bytes: Buffer, start: number, end: number): void {
    // Anything but printable ASCII leaves a bit in 0x80808080: see "Bit Twiddling Hacks" (Anderson),
    // hasless and haszero.
    let odd = 0;
    let i = start;
    for (; i + 4 <= end; i += 4) {
      const word =
        (bytes[i] as number) |
        ((bytes[i + 1] as number) << 8) |
        ((bytes[i + 2] as number) << 16) |
        ((bytes[i + 3] as number) << 24);
      const del = word ^ 0x7f7f7f7f;
      odd |= word | ((word - 0x20202020) & ~word) | ((del - 0x01010101) & ~del);
      this.#mix(word);
    }
    let last = 0;
    for (let shift = 0; i < end; i++, shift += 8) {
      const byte = bytes[i] as number;
      if (byte < 0x20 || byte >= 0x7f) odd = 0x80;
      last |= byte << shift;
    }
    this.#mix(last);
    this.#mix(end - start);
    if ((odd & 0x80808080) !== 0) this.plain = false;
  }

  /** Spreads every bit over both lanes. */
  finish(): void {
    let a = (this.low + this.high) | 0;
    let b = (this.high + a) | 0;
    a = spread(a);
    b = spread(b);
    this.low = (a + b) | 0;
    this.high = (b + this.low) | 0;
  }

  #mix(word: number): void {
    let k = Math.imul(word, 0x239b961b);
    k = Math.imul((k << 15) | (k >>> 17), 0xab0e9789);
    let a = this.low ^ k;
    a = (((a << 19) | (a >>> 13)) + this.high) | 0;
    a = (Math.imul(a, 5) + 0x561ccd1b) | 0;
    k = Math.imul(word, 0xab0e9789);
    k = Math.imul((k << 16) | (k >>> 16), 0x38b34ae5);
    let b = this.high ^ k;
    b = (((b << 17) | (b >>> 15)) + a) | 0;
    this.low = a;
    this.high = (Math.imul(b, 5) + 0x0bcaa747) | 0;
  }
}

function spread(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
