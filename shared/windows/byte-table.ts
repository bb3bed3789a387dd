/** Grows when more than this part of the slots is taken. */
const MAX_LOAD = 0.5;
const START_SLOTS = 2_048;
const START_BYTES = 65_536;

/**
 * Interns runs of bytes: gives each distinct run the number it was added with.
 *
 * Open addressing with linear probing over a 32-bit hash; runs are compared byte by byte, so a
 * collision of hashes costs time, never correctness. The runs are copied into one buffer: what is
 * looked up may be in a fetch buffer that goes away.
 */
export class ByteTable {
  #slots = new Int32Array(START_SLOTS);
  #hashes = new Int32Array(START_SLOTS / 2);
  #starts = new Int32Array(START_SLOTS / 2);
  #ends = new Int32Array(START_SLOTS / 2);
  #numbers = new Int32Array(START_SLOTS / 2);
  #bytes = Buffer.allocUnsafe(START_BYTES);
  #used = 0;
  #hash = 0;
  size = 0;

  /** The number of the run, or -1. A following `add` of the same run need not hash it again. */
  find(bytes: Buffer, start: number, end: number): number {
    const hash = hashOf(bytes, start, end);
    this.#hash = hash;
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = (slots[slot] as number) - 1;
      if (entry < 0) return -1;
      if (this.#hashes[entry] === hash && this.#same(entry, bytes, start, end))
        return this.#numbers[entry] as number;
    }
  }

  /** Adds the run that `find` has just not found. */
  add(bytes: Buffer, start: number, end: number, number: number): void {
    if (this.size >= this.#slots.length * MAX_LOAD) this.#grow();
    const length = end - start;
    if (this.#used + length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#used + length));
      this.#bytes.copy(larger, 0, 0, this.#used);
      this.#bytes = larger;
    }
    bytes.copy(this.#bytes, this.#used, start, end);
    const entry = this.size;
    this.#hashes[entry] = this.#hash;
    this.#starts[entry] = this.#used;
    this.#ends[entry] = this.#used + length;
    this.#numbers[entry] = number;
    this.#used += length;
    this.size += 1;
    this.#place(entry);
  }

  /** Memory that the table takes. */
  get bytes(): number {
    // Hashes, starts, ends and numbers of the entries.
    return this.#slots.byteLength + 4 * this.#hashes.byteLength + this.#bytes.length;
  }

  /** A table of the entries whose number is kept. */
  filtered(keep: (number: number) => boolean): ByteTable {
    const table = new ByteTable();
    for (let entry = 0; entry < this.size; entry++) {
      const number = this.#numbers[entry] as number;
      if (!keep(number)) continue;
      const [start, end] = [this.#starts[entry] as number, this.#ends[entry] as number];
      table.find(this.#bytes, start, end);
      table.add(this.#bytes, start, end, number);
    }
    return table;
  }

  #same(entry: number, bytes: Buffer, start: number, end: number): boolean {
    const own = this.#bytes;
    let at = this.#starts[entry] as number;
    if ((this.#ends[entry] as number) - at !== end - start) return false;
    for (let i = start; i < end; i++) if (own[at++] !== bytes[i]) return false;
    return true;
  }

  #place(entry: number): void {
    const mask = this.#slots.length - 1;
    let slot = (this.#hashes[entry] as number) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = entry + 1;
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    const capacity = this.#slots.length * MAX_LOAD;
    this.#hashes = enlarged(this.#hashes, capacity);
    this.#starts = enlarged(this.#starts, capacity);
    this.#ends = enlarged(this.#ends, capacity);
    this.#numbers = enlarged(this.#numbers, capacity);
    for (let entry = 0; entry < this.size; entry++) this.#place(entry);
  }
}

function enlarged(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length);
  larger.set(array);
  return larger;
}

/** Four bytes a step, mixed as in MurmurHash3 (Appleby 2011). */
function hashOf(bytes: Buffer, start: number, end: number): number {
  let hash = end - start;
  let i = start;
  for (; i + 4 <= end; i += 4) {
    let word =
      (bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24);
    word = Math.imul(word, 0xcc9e2d51);
    word = (word << 15) | (word >>> 17);
    hash ^= Math.imul(word, 0x1b873593);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  for (; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x5bd1e995);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) | 0;
}
