const FIRST_SWEEP = 1_024;

/**
 * Small numbers for keys, used again when no window needs them any more, and the limit of keys that have
 * windows open.
 */
export class KeyIndex {
  readonly #numbers = new Map<string, number>();
  readonly #keys: string[] = [];
  readonly #free: number[] = [];
  #sweepAt = FIRST_SWEEP;
  /** Those that may have windows open. */
  #admitted = new Set<number>();
  /** False while looking for admitted keys without windows would find none. */
  #worthLooking = true;

  constructor(
    private readonly maxKeys: number,
    private readonly eachInUse: (callback: (number: number) => void) => void,
  ) {}

  keyOf(number: number): string {
    return this.#keys[number] as string;
  }

  /** To be called before the keys of a batch are numbered: forgets those that no window needs. */
  beginBatch(): void {
    if (this.#numbers.size < this.#sweepAt) return;
    const used = this.#inUse();
    for (const [key, number] of this.#numbers) {
      if (used.has(number)) continue;
      this.#numbers.delete(key);
      this.#keys[number] = '';
      this.#free.push(number);
    }
    this.#admitted = used;
    this.#sweepAt = Math.max(FIRST_SWEEP, used.size * 2);
  }

  intern(key: string): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#free.pop() ?? this.#keys.length;
    this.#keys[number] = key;
    this.#numbers.set(key, number);
    return number;
  }

  /** Whether there is room for windows of the key. */
  admit(number: number): boolean {
    if (this.#admitted.has(number)) return true;
    if (this.#admitted.size >= this.maxKeys && this.#worthLooking) {
      this.#admitted = this.#inUse();
      this.#worthLooking = false;
    }
    if (this.#admitted.size >= this.maxKeys) return false;
    this.#admitted.add(number);
    return true;
  }

  /** Keys may have lost their last window. */
  released(): void {
    this.#worthLooking = true;
  }

  #inUse(): Set<number> {
    const used = new Set<number>();
    this.eachInUse((number) => used.add(number));
    return used;
  }
}
