/** A kind of file that `tactus check` knows. Whoever reads such files declares it. */
export interface FileKind {
  /** In words: `window definitions`. */
  readonly name: string;
  /** Keys of its document; a file that has one of them is of this kind. */
  readonly keys: readonly string[];
  /**
   * Reads all of it, needing neither server nor secret.
   *
   * @returns what it holds, in words: `3 rules`
   * @throws InvalidFileError naming every mistake
   */
  readonly check: (text: string, file: string) => string;
}

/** `1 rule`, `3 rules`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
