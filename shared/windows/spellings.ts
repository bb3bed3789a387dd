/** A series is found by so many runs of bytes beside its own: by all orders of four tags. */
export const MAX_SPELLINGS = 24;
/** All of them together may take as much as this, or twice the runs of the series themselves if that is more. */
const LEAST_BYTES = 1_048_576;
/** What an entry of a table takes beside its run. */
const ENTRY_BYTES = 24;

/**
 * Decides which runs of bytes are remembered for a series beside its own, which has the tags in order of their names.
 *
 * Who makes maps in random order writes a series in as many ways as its tags can be put in order, twelve of them in
 * 479 million. A run that is not remembered costs its point a decoder, no more.
 */
export class Spellings {
  #ofSeries = new Uint8Array(1_024);
  #bytes = 0;
  /** Runs that are remembered. */
  size = 0;
  /** Points with a run that was not remembered because there was no room. */
  refused = 0;

  /** Whether one more may be remembered of a series; which is counted if not. */
  admits(series: number): boolean {
    const admitted = (this.#ofSeries[series] ?? 0) < MAX_SPELLINGS;
    if (!admitted) this.refused += 1;
    return admitted;
  }

  /** @returns false when all have to be forgotten, to be learnt anew: they take too much beside the series' own runs */
  add(series: number, length: number, ownBytes: number): boolean {
    if (series >= this.#ofSeries.length) {
      const larger = new Uint8Array(Math.max(series + 1, this.#ofSeries.length * 2));
      larger.set(this.#ofSeries);
      this.#ofSeries = larger;
    }
    this.#ofSeries[series] = (this.#ofSeries[series] as number) + 1;
    this.size += 1;
    this.#bytes += length + ENTRY_BYTES;
    return this.#bytes <= Math.max(LEAST_BYTES, 2 * ownBytes);
  }

  clear(): void {
    this.#ofSeries.fill(0);
    this.#bytes = 0;
    this.size = 0;
  }
}
