import type { LiveItem } from './items.js';

/** So many are looked for one by one. */
const FEW = 32;

/**
 * Items that wait, each once, in the order in which they came. Mostly a few, which are kept in an array that is used again and
 * again: of a Set, V8 makes a new table each time that it is emptied, and each refers to the next, so that no minor
 * collection frees any once one of them has grown old. Of thousands of clients that is most of the memory.
 */
export class PendingItems {
  readonly #few: (LiveItem | null)[] = [];
  /** Where those begin and end that wait. */
  #first = 0;
  #end = 0;
  /** All of them, where they are many, and an iterator that what is added later comes to as well. */
  #many: Set<LiveItem> | null = null;
  #next: SetIterator<LiveItem> | null = null;

  get size(): number {
    return this.#many?.size ?? this.#end - this.#first;
  }

  /** @returns false when it waits already */
  add(item: LiveItem): boolean {
    if (this.#many === null) {
      if (this.#few.includes(item)) return false;
      if (this.#end < FEW) {
        this.#few[this.#end] = item;
        this.#end += 1;
        return true;
      }
      this.#many = new Set();
      this.#next = this.#many.values();
      for (let next = this.#shiftFew(); next !== undefined; next = this.#shiftFew()) this.#many.add(next);
    } else if (this.#many.has(item)) return false;
    this.#many.add(item);
    return true;
  }

  delete(item: LiveItem): void {
    if (this.#many !== null) {
      this.#many.delete(item);
      if (this.#many.size === 0) this.#fewAgain();
      return;
    }
    const at = this.#few.indexOf(item);
    if (at < 0) return;
    this.#few.splice(at, 1);
    this.#end -= 1;
  }

  /** Takes the first. */
  shift(): LiveItem | undefined {
    if (this.#next === null) return this.#shiftFew();
    const first = this.#next.next().value;
    if (first !== undefined) this.delete(first);
    return first;
  }

  #fewAgain(): void {
    this.#many = null;
    this.#next = null;
  }

  #shiftFew(): LiveItem | undefined {
    if (this.#first === this.#end) return undefined;
    const item = this.#few[this.#first] as LiveItem;
    this.#few[this.#first] = null;
    this.#first += 1;
    if (this.#first === this.#end) {
      this.#first = 0;
      this.#end = 0;
    }
    return item;
  }
}
