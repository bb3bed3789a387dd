/** Bits of a value that choose its register. */
const INDEX_BITS = 14;
export const REGISTERS = 2 ** INDEX_BITS;
/** Bits of a value; members are whole numbers below 2^52. */
const VALUE_BITS = 52;
const RANK_BITS = VALUE_BITS - INDEX_BITS;
/** Of 14 bits: 1.04 / sqrt(2^14), the standard error of an estimate. */
export const STANDARD_ERROR = 1.04 / Math.sqrt(REGISTERS);
/** Up to so many different values are kept as such, and counted exactly. */
export const MAX_EXACT = 1_024;
const FIRST_ROOM = 8;
const TWO_32 = 2 ** 32;
/** Members are whole numbers below this. */
export const MEMBER_LIMIT = 2 ** VALUE_BITS;

/** Of the bytes of a sketch. */
const EXACT = 1;
const ESTIMATED = 2;
const VALUE_BYTES = 7;
const HEAD_BYTES = 3;
/** Ranks are at most 39: four of them take three bytes. */
const PACKED = 4;
const PACKED_BYTES = 3;
const DENSE_BYTES = 1 + (REGISTERS / PACKED) * PACKED_BYTES;
/** Factor of Ertl's estimator: 1 / (2 ln 2). */
const ALPHA = 0.5 / Math.LN2;

/**
 * How many different values there are among many: exact up to {@link MAX_EXACT}, and beyond that an estimate by HyperLogLog
 * (Flajolet, Fusy, Gandouet and Meunier 2007, "HyperLogLog: the analysis of a near-optimal cardinality estimation
 * algorithm") with as many bits of a hash as Heule, Nunkesser and Hall 2013 ("HyperLogLog in practice") make corrections
 * superfluous with, and the improved raw estimator of Ertl 2017 ("New cardinality estimation algorithms for HyperLogLog
 * sketches"), which needs no tables of biases and is as good for few values as for many.
 *
 * Mergeable, and neither the order of values and merges nor repetitions show: sketches of minutes add up to one of a day that
 * is the same as if it had seen all. Takes 8 bytes for each value while it is exact, and 16 kB from then on.
 */
export class DistinctSketch {
  /** In ascending order. */
  #values: Float64Array = new Float64Array(FIRST_ROOM);
  #exact = 0;
  /** The greatest rank for each register; null while values are kept. */
  #ranks: Uint8Array | null = null;

  /** Memory that it takes. */
  get bytes(): number {
    return this.#ranks?.length ?? this.#values.byteLength;
  }

  get isExact(): boolean {
    return this.#ranks === null;
  }

  /** Whether a value is one that can be counted: a whole number from 0 to 2^52 - 1. */
  static holds(value: number): boolean {
    return Number.isInteger(value) && value >= 0 && value < MEMBER_LIMIT;
  }

  /** Takes a value in. One that is none of those that can be counted is left out. */
  add(value: number): void {
    if (!DistinctSketch.holds(value)) return;
    if (this.#ranks !== null) rank(this.#ranks, value);
    else this.#keep(value);
  }

  /** Takes another sketch in, which stays as it is. */
  merge(from: DistinctSketch): void {
    if (from.#ranks === null) {
      for (let i = 0; i < from.#exact; i++) this.add(from.#values[i] as number);
      return;
    }
    const ranks = this.#ranked();
    for (let i = 0; i < REGISTERS; i++) {
      const other = from.#ranks[i] as number;
      if (other > (ranks[i] as number)) ranks[i] = other;
    }
  }

  /** The number of different values, a whole number. */
  get count(): number {
    return this.#ranks === null ? this.#exact : Math.round(estimate(this.#ranks));
  }

  /** What {@link DistinctSketch.read} makes the same sketch of; equal for sketches of the same values. */
  write(): Buffer {
    if (this.#ranks !== null) return packed(this.#ranks);
    const bytes = Buffer.alloc(HEAD_BYTES + this.#exact * VALUE_BYTES);
    bytes[0] = EXACT;
    bytes.writeUInt16BE(this.#exact, 1);
    for (let i = 0; i < this.#exact; i++) {
      const value = this.#values[i] as number;
      const at = HEAD_BYTES + i * VALUE_BYTES;
      bytes.writeUIntBE(Math.floor(value / TWO_32), at, 3);
      bytes.writeUInt32BE(value % TWO_32, at + 3);
    }
    return bytes;
  }

  /** @throws RangeError for bytes that {@link write} does not make */
  static read(bytes: Uint8Array): DistinctSketch {
    const sketch = new DistinctSketch();
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (buffer[0] === ESTIMATED && buffer.length === DENSE_BYTES) {
      sketch.#ranks = unpacked(buffer);
      return sketch;
    }
    const count = buffer[0] === EXACT && buffer.length >= HEAD_BYTES ? buffer.readUInt16BE(1) : -1;
    if (count < 0 || count > MAX_EXACT || buffer.length !== HEAD_BYTES + count * VALUE_BYTES)
      throw new RangeError(`${bytes.length} bytes that are no sketch of different values`);
    let before = -1;
    for (let at = HEAD_BYTES; at < buffer.length; at += VALUE_BYTES) {
      const value = buffer.readUIntBE(at, 3) * TWO_32 + buffer.readUInt32BE(at + 3);
      if (value <= before || value >= MEMBER_LIMIT) throw new RangeError('values out of order in a sketch');
      sketch.add(value);
      before = value;
    }
    return sketch;
  }

  #keep(value: number): void {
    let low = 0;
    for (let high = this.#exact; low < high; ) {
      const middle = (low + high) >>> 1;
      if ((this.#values[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    if (low < this.#exact && this.#values[low] === value) return;
    if (this.#exact === MAX_EXACT) {
      rank(this.#ranked(), value);
      return;
    }
    if (this.#exact === this.#values.length) {
      const grown = new Float64Array(this.#values.length * 2);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values.copyWithin(low + 1, low, this.#exact);
    this.#values[low] = value;
    this.#exact += 1;
  }

  #ranked(): Uint8Array {
    if (this.#ranks !== null) return this.#ranks;
    const ranks = new Uint8Array(REGISTERS);
    for (let i = 0; i < this.#exact; i++) rank(ranks, this.#values[i] as number);
    this.#ranks = ranks;
    this.#values = new Float64Array(0);
    this.#exact = 0;
    return ranks;
  }
}

/**
 * Counts a value in its register. Values are hashes mostly; they are mixed once more, so that whole numbers in a row, or
 * with bits that are alike, are counted as well.
 */
function rank(ranks: Uint8Array, value: number): void {
  const low = value >>> 0;
  const high = Math.floor(value / TWO_32) >>> 0;
  // The finalizer of MurmurHash3, over both halves in turn: each bit of the value moves each bit of both.
  const first = mixed(low ^ mixed(high ^ 0x9e3779b9));
  const second = mixed(high ^ Math.imul(first, 0x85ebca6b));
  const index = first & (REGISTERS - 1);
  // 38 bits: 18 that are left of the first, and 20 of the second.
  const zeros = Math.clz32(first >>> INDEX_BITS) - INDEX_BITS;
  const rest = RANK_BITS - (32 - INDEX_BITS);
  const run =
    zeros < 32 - INDEX_BITS
      ? zeros
      : zeros + Math.min(rest, Math.clz32(second >>> (32 - rest)) - (32 - rest));
  if (run + 1 > (ranks[index] as number)) ranks[index] = run + 1;
}

function mixed(bits: number): number {
  let hash = bits;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Ertl 2017, algorithm 6. */
function estimate(ranks: Uint8Array): number {
  const counts = new Float64Array(RANK_BITS + 2);
  for (const each of ranks) counts[each] = (counts[each] as number) + 1;
  let sum = REGISTERS * tau(1 - (counts[RANK_BITS + 1] as number) / REGISTERS);
  for (let k = RANK_BITS; k >= 1; k--) sum = 0.5 * (sum + (counts[k] as number));
  sum += REGISTERS * sigma((counts[0] as number) / REGISTERS);
  return (ALPHA * REGISTERS * REGISTERS) / sum;
}

/** For registers without a value. */
function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY;
  let [x, y, sum, before] = [share, 1, share, -1];
  while (sum !== before) {
    x *= x;
    before = sum;
    sum += x * y;
    y += y;
  }
  return sum;
}

/** For registers that are full. */
function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let [x, y, sum, before] = [share, 1, 1 - share, -1];
  while (sum !== before) {
    x = Math.sqrt(x);
    before = sum;
    y *= 0.5;
    sum -= (1 - x) ** 2 * y;
  }
  return sum / 3;
}

function packed(ranks: Uint8Array): Buffer {
  const bytes = Buffer.alloc(DENSE_BYTES);
  bytes[0] = ESTIMATED;
  for (let i = 0, at = 1; i < REGISTERS; i += PACKED, at += PACKED_BYTES) {
    let four = 0;
    for (let place = 0; place < PACKED; place++) four = four * 64 + (ranks[i + place] as number);
    bytes.writeUIntBE(four, at, PACKED_BYTES);
  }
  return bytes;
}

/** @throws RangeError for ranks that no value has */
function unpacked(bytes: Buffer): Uint8Array {
  const ranks = new Uint8Array(REGISTERS);
  for (let i = 0, at = 1; i < REGISTERS; i += PACKED, at += PACKED_BYTES) {
    let four = bytes.readUIntBE(at, PACKED_BYTES);
    for (let place = PACKED - 1; place >= 0; place--) {
      const each = four % 64;
      if (each > RANK_BITS + 1) throw new RangeError(`a rank of ${each} in a sketch of different values`);
      ranks[i + place] = each;
      four = (four - each) / 64;
    }
  }
  return ranks;
}
