/** Variables of a template by their names: each is known to the end of what it is declared in. */
export class Variables {
  #known: Map<string, number> = new Map();
  #declared = 0;

  /** The number of a new variable, which hides one of the same name. */
  declare(name: string): number {
    const variable = this.#declared++;
    this.#known.set(name, variable);
    return variable;
  }

  /** Undefined for one that is not declared. */
  find(name: string): number | undefined {
    return this.#known.get(name);
  }

  /** What is declared meanwhile is not known afterwards. */
  within<T>(read: () => T): T {
    const outside = this.#known;
    this.#known = new Map(outside);
    try {
      return read();
    } finally {
      this.#known = outside;
    }
  }
}
