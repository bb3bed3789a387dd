/** Grows when more than this part of the slots is taken. */
const MAX_LOAD = 0.5;
const START_SLOTS = 2_048;
const START_WORDS = 16_384;

/**
 * Interns runs of bytes: gives each distinct run the number it was added with.
 *
 * Open addressing with linear probing over a 32-bit hash. A run is kept, and compared, as 32-bit
 * words; a collision of hashes thus costs time, never correctness. What is looked up may be in a
 * fetch buffer that goes away: the words are copies.
 *
 * Whoever reports a set of series tends to do so in the same order each time. The table remembers
 * which run came after which, and `next` holds what follows against that one first: a run that is
 * where it was expected is neither measured nor hashed.
 */
export class ByteTable {
  #slots = new Int32Array(START_SLOTS);
  #hashes = new Int32Array(START_SLOTS / 2);
  /** Places in `#words`, and lengths in bytes. */
  #starts = new Int32Array(START_SLOTS / 2);
  #lengths = new Int32Array(START_SLOTS / 2);
  #numbers = new Int32Array(START_SLOTS / 2);
  #words = new Int32Array(START_WORDS);
  #usedWords = 0;
  /** The entry that was found last, and for each entry the one that was found after it. */
  #last = 0;
  #followers = new Int32Array(START_SLOTS / 2);
  /** Length in bytes of the run that `next` has just found. */
  length = 0;
  /** The run that `find` was last asked for. */
  #wanted = new Int32Array(64);
  #wantedLength = 0;
  #wantedHash = 0;
  size = 0;

  /**
   * The number of the run at `start` if it is the expected one, or -1. Only for runs of which none
   * begins with another.
   */
  next(view: DataView, start: number, end: number): number {
    const entry = this.#followers[this.#last] as number;
    const length = this.#lengths[entry] as number;
    if (length === 0 || start + length > end) return -1;
    const words = this.#words;
    const whole = start + (length & ~3);
    let word = this.#starts[entry] as number;
    let at = start;
    for (; at < whole; at += 4) if (words[word++] !== view.getInt32(at, true)) return -1;
    if (at < start + length && words[word] !== lastWord(view, at, start + length)) return -1;
    this.#last = entry;
    this.length = length;
    return this.#numbers[entry] as number;
  }

  /** The number of the run in `view`, or -1. */
  find(view: DataView, start: number, end: number): number {
    const hash = this.#want(view, start, end);
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = (slots[slot] as number) - 1;
      if (entry < 0) return -1;
      if (this.#hashes[entry] !== hash || !this.#isWanted(entry)) continue;
      this.#followers[this.#last] = entry;
      this.#last = entry;
      return this.#numbers[entry] as number;
    }
  }

  /** Adds the run that `find` has just not found. */
  add(number: number): void {
    const length = this.#wantedLength;
    this.#keep(this.#wanted.subarray(0, wordsOf(length)), length, this.#wantedHash, number);
  }

  /** Memory that the table takes. */
  get bytes(): number {
    // Hashes, starts, lengths, numbers and followers of the entries.
    return this.#slots.byteLength + 5 * this.#hashes.byteLength + this.#words.byteLength;
  }

  /** A table of the entries whose number is kept. */
  filtered(keep: (number: number) => boolean): ByteTable {
    const table = new ByteTable();
    for (let entry = 0; entry < this.size; entry++) {
      const number = this.#numbers[entry] as number;
      if (!keep(number)) continue;
      const [start, length] = [this.#starts[entry] as number, this.#lengths[entry] as number];
      const words = this.#words.subarray(start, start + wordsOf(length));
      table.#keep(words, length, this.#hashes[entry] as number, number);
    }
    return table;
  }

  /** Takes the run over as words and hashes it, a word a step as in MurmurHash3 (Appleby 2011). */
  #want(view: DataView, start: number, end: number): number {
    const length = end - start;
    if (wordsOf(length) > this.#wanted.length) this.#wanted = new Int32Array(wordsOf(length) * 2);
    const wanted = this.#wanted;
    let hash = length;
    let count = 0;
    let at = start;
    for (; at + 4 <= end; at += 4) {
      const word = view.getInt32(at, true);
      wanted[count++] = word;
      hash = mixed(hash, word);
    }
    if (at < end) {
      const word = lastWord(view, at, end);
      wanted[count] = word;
      hash = mixed(hash, word);
    }
    hash ^= hash >>> 16;
    hash = Math.imul(hash, 0x85ebca6b);
    hash ^= hash >>> 13;
    hash = Math.imul(hash, 0xc2b2ae35);
    this.#wantedLength = length;
    this.#wantedHash = (hash ^ (hash >>> 16)) | 0;
    return this.#wantedHash;
  }

  #isWanted(entry: number): boolean {
    const length = this.#wantedLength;
    if (this.#lengths[entry] !== length) return false;
    const words = this.#words;
    const wanted = this.#wanted;
    const start = this.#starts[entry] as number;
    const count = wordsOf(length);
    for (let i = 0; i < count; i++) if (words[start + i] !== wanted[i]) return false;
    return true;
  }

  #keep(words: Int32Array, length: number, hash: number, number: number): void {
    if (this.size >= this.#slots.length * MAX_LOAD) this.#grow();
    if (this.#usedWords + words.length > this.#words.length)
      this.#words = enlarged(this.#words, Math.max(this.#words.length * 2, this.#usedWords + words.length));
    this.#words.set(words, this.#usedWords);
    const entry = this.size;
    this.#hashes[entry] = hash;
    this.#starts[entry] = this.#usedWords;
    this.#lengths[entry] = length;
    this.#numbers[entry] = number;
    this.#usedWords += words.length;
    this.size += 1;
    this.#place(entry);
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
    this.#lengths = enlarged(this.#lengths, capacity);
    this.#followers = enlarged(this.#followers, capacity);
    this.#numbers = enlarged(this.#numbers, capacity);
    for (let entry = 0; entry < this.size; entry++) this.#place(entry);
  }
}

function wordsOf(length: number): number {
  return (length + 3) >>> 2;
}

/** Up to three bytes that are left over. */
function lastWord(view: DataView, start: number, end: number): number {
  let word = 0;
  for (let at = start; at < end; at++) word = (word << 8) | view.getUint8(at);
  return word;
}

function mixed(hash: number, word: number): number {
  let mixing = Math.imul(word, 0xcc9e2d51);
  mixing = (mixing << 15) | (mixing >>> 17);
  const turned = hash ^ Math.imul(mixing, 0x1b873593);
  return (Math.imul((turned << 13) | (turned >>> 19), 5) + 0xe6546b64) | 0;
}

function enlarged(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length);
  larger.set(array);
  return larger;
}
