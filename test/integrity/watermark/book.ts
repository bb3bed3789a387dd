/** What the test did to input partitions, as far as points may be late for it. */
export class Book {
  readonly #holds: { readonly partitions: ReadonlySet<number>; readonly from: number; to: number }[] = [];
  readonly #added = new Set<number>();

  /** @param slow partitions whose only sender has a slow clock: they count as idle in the end */
  constructor(readonly slow: ReadonlySet<number> = new Set()) {}

  /**
   * Some partitions are not read from now on while the others are; what was appended from `from` on may
   * not have been read before.
   *
   * @returns ends the hold: what is appended after `to` is read in time again
   */
  hold(partitions: readonly number[], from: number): (to: number) => void {
    const hold = { partitions: new Set(partitions), from, to: Number.POSITIVE_INFINITY };
    this.#holds.push(hold);
    return (to) => {
      hold.to = to;
    };
  }

  /** The partition is made while the rest is read: it counts from the first time note that names it. */
  add(partition: number): void {
    this.#added.add(partition);
  }

  get added(): ReadonlySet<number> {
    return this.#added;
  }

  isHeld(partition: number, appendedAt: number): boolean {
    return this.#holds.some(
      ({ partitions, from, to }) => partitions.has(partition) && appendedAt >= from && appendedAt <= to,
    );
  }

  /** Whether any partition is held then. */
  isHolding(at: number): boolean {
    return this.#holds.some(({ from, to }) => at >= from && at <= to);
  }
}
