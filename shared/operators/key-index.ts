const FIRST_SWEEP = 1_024;

/**
 * Small numbers for keys, used again when no window needs them any more. Unused keys are looked for
 * when their number has doubled, and at the limit.
 */
export class KeyIndex {
  readonly #numbers = new Map<string, number>();
  readonly #keys: string[] = [];
  readonly #free: number[] = [];
  #sweepAt: number;
  /** False while a sweep would find nothing that the last one did not. */
  #worthSweeping = true;

  constructor(
    private readonly maxKeys: number,
    private readonly eachInUse: (callback: (number: number) => void) => void,
  ) {
    this.#sweepAt = Math.min(FIRST_SWEEP, maxKeys);
  }

  get size(): number {
    return this.#numbers.size;
  }

  keyOf(number: number): string {
    return this.#keys[number] as string;
  }

  /** The number of the key, or -1 for a new key beyond the limit. */
  intern(key: string): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    if (this.#numbers.size >= this.#sweepAt && this.#worthSweeping) this.#sweep();
    if (this.#numbers.size >= this.maxKeys) return -1;
    const number = this.#free.pop() ?? this.#keys.length;
    this.#keys[number] = key;
    this.#numbers.set(key, number);
    return number;
  }

  /** Keys may have become unused since they were asked for. */
  released(): void {
    this.#worthSweeping = true;
  }

  #sweep(): void {
    const used = new Set<number>();
    this.eachInUse((number) => used.add(number));
    for (const [key, number] of this.#numbers) {
      if (used.has(number)) continue;
      this.#numbers.delete(key);
      this.#keys[number] = '';
      this.#free.push(number);
    }
    this.#sweepAt = Math.min(this.maxKeys, Math.max(FIRST_SWEEP, used.size * 2));
    this.#worthSweeping = false;
  }
}
