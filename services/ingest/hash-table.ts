const START = 1_024;

/**
 * An open-addressing table from 64-bit hashes to numbered entries, without an object per entry:
 * linear probing at a load of at most one half, and deletion by shifting back what follows, so
 * that it does not fill with tombstones. Entries are numbered from 0 by their owner, who keeps what
 * belongs to them in arrays of his own.
 */
export class HashTable {
  #slots = new Int32Array(START * 2);
  #low = new Int32Array(START);
  #high = new Int32Array(START);
  size = 0;

  /** Number of entries that the arrays have room for. */
  get capacity(): number {
    return this.#low.length;
  }

  /** The entry with this hash, or -1. */
  find(low: number, high: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const entry = (slots[slot] as number) - 1;
      if (entry < 0 || (this.#low[entry] === low && this.#high[entry] === high)) return entry;
    }
  }

  /** Adds a hash that is not there under a number that is free, below `capacity`. */
  add(low: number, high: number, entry: number): void {
    this.#low[entry] = low;
    this.#high[entry] = high;
    this.#place(entry);
    this.size += 1;
  }

  delete(entry: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let hole = (this.#low[entry] as number) & mask;
    while (slots[hole] !== entry + 1) hole = (hole + 1) & mask;
    for (let slot = (hole + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const home = (this.#low[(slots[slot] as number) - 1] as number) & mask;
      // Moves into the hole unless its home lies behind the hole.
      if (((slot - home) & mask) >= ((slot - hole) & mask)) {
        slots[hole] = slots[slot] as number;
        hole = slot;
      }
    }
    slots[hole] = 0;
    this.size -= 1;
  }

  low(entry: number): number {
    return this.#low[entry] as number;
  }

  high(entry: number): number {
    return this.#high[entry] as number;
  }

  /**
   * Twice the room. Entries are numbered anew: `kept[i]` is the number that entry `i` had; what is
   * not in it is dropped.
   */
  renumber(kept: Int32Array, capacity: number): void {
    this.#low = moved(this.#low, kept, capacity);
    this.#high = moved(this.#high, kept, capacity);
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(capacity * 2)));
    this.size = kept.length;
    for (let entry = 0; entry < kept.length; entry++) this.#place(entry);
  }

  #place(entry: number): void {
    const mask = this.#slots.length - 1;
    let slot = (this.#low[entry] as number) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = entry + 1;
  }
}

/** The array with its entries numbered anew, for what an owner keeps beside the table. */
export function moved<A extends Int32Array | Uint32Array | Uint16Array | Uint8Array | Float64Array>(
  array: A,
  kept: Int32Array,
  capacity: number,
): A {
  const fresh = new (array.constructor as new (length: number) => A)(capacity);
  for (let i = 0; i < kept.length; i++) fresh[i] = array[kept[i] as number] as number;
  return fresh;
}

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
