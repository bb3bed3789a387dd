import type { Sample } from './vector.js';

/** Whether a value is left out before another; NaN is before all. */
type Before = (value: number, other: number) => boolean;

export const smallerFirst: Before = (value, other) => Number.isNaN(value) || value < other;
export const largerFirst: Before = (value, other) => Number.isNaN(value) || value > other;

/** Keeps the `limit` last of an order: a binary heap, the next to be left out at its root. */
export class Last {
  readonly #heap: Sample[] = [];

  constructor(
    private readonly limit: number,
    private readonly before: Before,
  ) {}

  add(sample: Sample): void {
    const heap = this.#heap;
    if (heap.length < this.limit) {
      heap.push(sample);
      this.#up(heap.length - 1);
      return;
    }
    const root = heap[0];
    if (root === undefined) return;
    const replaces =
      this.before(root.value, sample.value) && !(Number.isNaN(root.value) && Number.isNaN(sample.value));
    if (!replaces) return;
    heap[0] = sample;
    this.#down();
  }

  /** Those that are kept, the last of the order first. */
  sorted(): Sample[] {
    return this.#heap.sort((a, b) => {
      if (this.before(b.value, a.value)) return -1;
      return this.before(a.value, b.value) ? 1 : 0;
    });
  }

  #isBefore(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    return one !== undefined && other !== undefined && this.before(one.value, other.value);
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (one === undefined || other === undefined) return;
    this.#heap[a] = other;
    this.#heap[b] = one;
  }

  #up(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #down(): void {
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      if (left >= this.#heap.length) return;
      const child = left + 1 < this.#heap.length && this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#isBefore(child, at)) return;
      this.#swap(at, child);
      at = child;
    }
  }
}
