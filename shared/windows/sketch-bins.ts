/** Bins that a store of one sign holds at most. */
export const MAX_BINS = 2_048;
/** Bins are made this many at a time: most series are narrow, and this is what their sketch weighs. */
const STEP = 32;

/**
 * Counts by whole-number key, for a stretch of at most {@link MAX_BINS} keys below the highest one
 * seen. What is lower counts in the lowest bin of the stretch, so that what a store holds does not
 * depend on the order of additions.
 */
export class SketchBins {
  total = 0;
  #counts = new Uint32Array(0);
  /** Key of the first count. */
  #offset = 0;
  #low = 0;
  #high = 0;

  add(key: number, times: number): void {
    if (this.total === 0) this.#room(key, key);
    else if (key > this.#high) this.#raise(key);
    else if (key < this.#low) this.#room(Math.max(key, this.#high - MAX_BINS + 1), this.#high);
    const index = Math.max(key, this.#low) - this.#offset;
    this.#counts[index] = (this.#counts[index] as number) + times;
    this.total += times;
  }

  /** Takes another store in, which stays as it is. */
  merge(from: SketchBins): void {
    if (from.total === 0) return;
    for (let key = from.#high; key >= from.#low; key--) {
      const times = from.#counts[key - from.#offset] as number;
      if (times > 0) this.add(key, times);
    }
  }

  /** The key of the `index`-th count, from 0, in ascending order of keys; the highest beyond the last. */
  keyAt(index: number): number {
    let left = index;
    for (let key = this.#low; key < this.#high; key++) {
      left -= this.#counts[key - this.#offset] as number;
      if (left < 0) return key;
    }
    return this.#high;
  }

  #raise(high: number): void {
    const floor = high - MAX_BINS + 1;
    if (this.#low >= floor) {
      this.#room(this.#low, high);
      return;
    }
    let below = 0;
    const last = Math.min(floor - 1, this.#high);
    for (let key = this.#low; key <= last; key++) {
      below += this.#counts[key - this.#offset] as number;
      this.#counts[key - this.#offset] = 0;
    }
    this.#low = floor;
    this.#high = Math.max(floor, this.#high);
    this.#room(floor, high);
    const index = floor - this.#offset;
    this.#counts[index] = (this.#counts[index] as number) + below;
  }

  /** Makes room for these keys; counts from the old lowest key on are kept. */
  #room(low: number, high: number): void {
    const length = this.#counts.length;
    if (low < this.#offset || high >= this.#offset + length) {
      const larger = new Uint32Array(Math.ceil((high - low + 1) / STEP) * STEP);
      const offset = low - ((larger.length - (high - low + 1)) >> 1);
      if (this.total > 0) {
        const from = Math.max(this.#low, low);
        const kept = this.#counts.subarray(
          from - this.#offset,
          Math.min(length, this.#high - this.#offset + 1),
        );
        larger.set(kept, from - offset);
      }
      this.#counts = larger;
      this.#offset = offset;
    }
    this.#low = low;
    this.#high = high;
  }
}
