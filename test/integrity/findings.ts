const EXAMPLES = 5;

/** Deviations by kind: how many, and the first few in words. */
export class Findings {
  readonly #counts = new Map<string, number>();
  readonly #examples = new Map<string, string[]>();

  add(kind: string, example: string): void {
    const count = this.count(kind);
    this.#counts.set(kind, count + 1);
    if (count < EXAMPLES) this.#examples.set(kind, [...(this.#examples.get(kind) ?? []), example]);
  }

  count(kind: string): number {
    return this.#counts.get(kind) ?? 0;
  }

  /** `3 missing, 0 wrong`, of the deviations `<what> missing` and `<what> wrong`. */
  counts(what: string, kinds: readonly string[]): string {
    return kinds.map((kind) => `${this.count(`${what} ${kind}`)} ${kind}`).join(', ');
  }

  get total(): number {
    return [...this.#counts.values()].reduce((a, b) => a + b, 0);
  }

  /** One line for each example. */
  lines(): string[] {
    return [...this.#examples].flatMap(([kind, examples]) => examples.map((each) => `${kind}: ${each}`));
  }
}
