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
export function moved<A extends Int32Array | Uint32Array | Uint16Array>(
  array: A,
  kept: Int32Array,
  capacity: number,
): A {
  const fresh = new (array.constructor as new (length: number) => A)(capacity);
  for (let i = 0; i < kept.length; i++) fresh[i] = array[kept[i] as number] as number;
  return fresh;
}
