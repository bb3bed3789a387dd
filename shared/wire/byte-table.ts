/** Grows when more than this part of the slots is taken. */
const MAX_LOAD = 0.5;
/** Runs that a table has room for at first, unless it is made for fewer, and words of each. */
const START_RUNS = 1_024;
const START_RUN_WORDS = 16;

/*
 * An entry: these words, and then those of its run. All that a look-up needs of it thus lies in
 * one or two cache lines. The place of an entry is where its first word is.
 */
const HASH = 0;
/** In bytes; 0 only in the entry at place 0, which stands for none. */
const LENGTH = 1;
const NUMBER = 2;
/** Place of the entry that was found after this one. */
const FOLLOWER = 3;
const RUN = 4;

/** How often what is expected may fail to come, more often than it comes, before it is left alone. */
const MAX_TRUST = 8;

/**
 * Interns runs of bytes: gives each distinct run the number it was added with, a small one.
 *
 * Open addressing with linear probing over a 32-bit hash. A run is kept, and compared, as 32-bit
 * words, little-endian; a collision of hashes thus costs time, never correctness. What is looked up
 * may be in a fetch buffer that goes away: the words are copies.
 *
 * Whoever reports a set of series tends to do so in the same order each time. The table remembers
 * which run came after which, and `next` holds what follows against that one first: a run that is
 * where it was expected is neither measured nor hashed. Where there is no order `next` stops trying,
 * until `find` sees that it would have been right.
 */
export class ByteTable {
  /** Places of entries, 0 for none. */
  #slots: Int32Array;
  #words: Int32Array<ArrayBuffer>;
  /** Over `#words`. */
  #runs: DataView;
  #usedWords = RUN;
  /** By number, the place of the first entry that was added with it. */
  #places: Int32Array;
  /** The place of the entry that was found last. */
  #last = 0;
  #trust = MAX_TRUST;
  /** Length in bytes of the run that `next` has just found. */
  length = 0;
  size = 0;
  /** Length in bytes of all runs. */
  runBytes = 0;

  /** @param runs that it has room for at first, a power of two */
  constructor(runs = START_RUNS) {
    this.#slots = new Int32Array(runs / MAX_LOAD);
    this.#words = new Int32Array(runs * START_RUN_WORDS);
    this.#runs = new DataView(this.#words.buffer);
    this.#places = new Int32Array(runs);
  }

  /**
   * The number of the run at `start` if it is the expected one, or -1. Only for runs of which none
   * begins with another.
   */
  next(view: DataView, start: number, end: number): number {
    if (this.#trust === 0) return -1;
    const words = this.#words;
    const place = words[this.#last + FOLLOWER] as number;
    const length = words[place + LENGTH] as number;
    if (length === 0) return -1;
    if (start + length > end || !isRun(this.#runs, (place + RUN) * 4, view, start, length)) {
      this.#trust -= 1;
      return -1;
    }
    if (this.#trust < MAX_TRUST) this.#trust += 1;
    this.#last = place;
    this.length = length;
    return words[place + NUMBER] as number;
  }

  /** The number of the run in `view`, or -1. */
  find(view: DataView, start: number, end: number): number {
    const hash = hashOf(view, start, end);
    const length = end - start;
    const slots = this.#slots;
    const words = this.#words;
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const place = slots[slot] as number;
      if (place === 0) return -1;
      if (words[place + HASH] !== hash || words[place + LENGTH] !== length) continue;
      if (!isRun(this.#runs, (place + RUN) * 4, view, start, length)) continue;
      const follower = this.#last + FOLLOWER;
      if (words[follower] !== place) words[follower] = place;
      else if (this.#trust < MAX_TRUST) this.#trust += 1;
      this.#last = place;
      return words[place + NUMBER] as number;
    }
  }

  /** Adds a run that `find` does not find. */
  add(view: DataView, start: number, end: number, number: number): void {
    const place = this.#enter(hashOf(view, start, end), end - start, number);
    let word = place + RUN;
    let at = start;
    for (; at + 4 <= end; at += 4) this.#words[word++] = view.getInt32(at, true);
    if (at < end) this.#words[word] = lastWord(view, at, end);
  }

  /**
   * The words of all runs: that of `number` has `lengthOf(number)` bytes from `startOf(number)` on,
   * lowest byte of a word first; of several runs with one number it is the one that was added first.
   */
  get words(): Int32Array {
    return this.#words;
  }

  startOf(number: number): number {
    return (this.#places[number] as number) + RUN;
  }

  lengthOf(number: number): number {
    return this.#words[(this.#places[number] as number) + LENGTH] as number;
  }

  /** Memory that the table takes. */
  get bytes(): number {
    return this.#slots.byteLength + this.#words.byteLength + this.#places.byteLength;
  }

  /** A table of one run for each number that is kept: the one that was added first. */
  filtered(keep: (number: number) => boolean): ByteTable {
    const table = new ByteTable(Math.min(START_RUNS, this.#places.length));
    const words = this.#words;
    for (let place = RUN; place < this.#usedWords; ) {
      const start = place + RUN;
      const length = words[place + LENGTH] as number;
      const end = start + wordsOf(length);
      const number = words[place + NUMBER] as number;
      if (this.#places[number] === place && keep(number)) {
        const copy = table.#enter(words[place + HASH] as number, length, number);
        table.#words.set(words.subarray(start, end), copy + RUN);
      }
      place = end;
    }
    return table;
  }

  /** An entry with room for its run; gives its place. */
  #enter(hash: number, length: number, number: number): number {
    if (this.size >= this.#slots.length * MAX_LOAD) this.#grow();
    const place = this.#usedWords;
    const end = place + RUN + wordsOf(length);
    if (end > this.#words.length) {
      this.#words = enlarged(this.#words, Math.max(this.#words.length * 2, end));
      this.#runs = new DataView(this.#words.buffer);
    }
    const words = this.#words;
    words[place + HASH] = hash;
    words[place + LENGTH] = length;
    words[place + NUMBER] = number;
    this.#usedWords = end;
    this.size += 1;
    this.runBytes += length;
    put(this.#slots, place, hash);
    if (number >= this.#places.length)
      this.#places = enlarged(this.#places, Math.max(this.#places.length * 2, number + 1));
    if (this.#places[number] === 0) this.#places[number] = place;
    return place;
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const words = this.#words;
    for (let place = RUN; place < this.#usedWords; place += RUN + wordsOf(words[place + LENGTH] as number))
      put(slots, place, words[place + HASH] as number);
    this.#slots = slots;
  }
}

function put(slots: Int32Array, place: number, hash: number): void {
  const mask = slots.length - 1;
  let slot = hash & mask;
  while (slots[slot] !== 0) slot = (slot + 1) & mask;
  slots[slot] = place;
}

/** Whether two runs of `length` bytes are the same. Both are read block by block, the last one over again. */
function isRun(kept: DataView, from: number, view: DataView, start: number, length: number): boolean {
  if (length < BLOCK) {
    for (let i = 0; i < length; i++) if (kept.getUint8(from + i) !== view.getUint8(start + i)) return false;
    return true;
  }
  const last = length - BLOCK;
  for (let at = 0; at < last; at += BLOCK) if (!isBlock(kept, from + at, view, start + at)) return false;
  return isBlock(kept, from + last, view, start + last);
}

function isBlock(one: DataView, at: number, other: DataView, there: number): boolean {
  return (
    ((one.getInt32(at, true) ^ other.getInt32(there, true)) |
      (one.getInt32(at + 4, true) ^ other.getInt32(there + 4, true)) |
      (one.getInt32(at + 8, true) ^ other.getInt32(there + 8, true)) |
      (one.getInt32(at + 12, true) ^ other.getInt32(there + 12, true))) ===
    0
  );
}

function wordsOf(length: number): number {
  return (length + 3) >>> 2;
}

/** Up to three bytes that are left over. */
function lastWord(view: DataView, start: number, end: number): number {
  let word = 0;
  for (let at = end - 1; at >= start; at--) word = (word << 8) | view.getUint8(at);
  return word;
}

const BLOCK = 16;
const PRIME_1 = 0x9e3779b1;
const PRIME_2 = 0x85ebca77;
const PRIME_3 = 0xc2b2ae3d;

/**
 * A hash of 32 bits in four lanes, as xxHash32 (Collet 2012) has them, so that the processor need not wait for one
 * word before it mixes the next.
 */
function hashOf(view: DataView, start: number, end: number): number {
  let a = end - start;
  let b = PRIME_1;
  let c = PRIME_2;
  let d = PRIME_3;
  if (a < BLOCK) {
    for (let at = start; at < end; at++) b = round(b, view.getUint8(at));
  } else {
    const last = end - BLOCK;
    for (let at = start; at < last; at += BLOCK) {
      a = round(a, view.getInt32(at, true));
      b = round(b, view.getInt32(at + 4, true));
      c = round(c, view.getInt32(at + 8, true));
      d = round(d, view.getInt32(at + 12, true));
    }
    a = round(a, view.getInt32(last, true));
    b = round(b, view.getInt32(last + 4, true));
    c = round(c, view.getInt32(last + 8, true));
    d = round(d, view.getInt32(last + 12, true));
  }
  let hash = (a + rotated(b, 7) + rotated(c, 12) + rotated(d, 18)) | 0;
  hash = Math.imul(hash ^ (hash >>> 15), PRIME_2);
  hash = Math.imul(hash ^ (hash >>> 13), PRIME_3);
  return hash ^ (hash >>> 16);
}

function round(lane: number, word: number): number {
  return Math.imul(rotated(lane ^ word, 13), PRIME_1);
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function enlarged(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length);
  larger.set(array);
  return larger;
}
