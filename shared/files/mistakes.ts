import { TactusError } from '../core/errors.js';

/** One thing that is wrong in a file that people write. */
export interface Mistake {
  readonly file: string;
  /** Both from 1; null where the file as a whole is meant, such as one that cannot be read. */
  readonly line: number | null;
  readonly column: number | null;
  /** Path of the key, such as `windows[2].size`; empty for the document itself. */
  readonly key: string;
  readonly message: string;
}

/** `windows.yaml:12:5: windows[2].sise: unknown key; did you mean "size"? allowed: name, size` */
export function mistakeText({ file, line, column, key, message }: Mistake): string {
  const place = line === null ? file : `${file}:${line}:${column}`;
  return key === '' ? `${place}: ${message}` : `${place}: ${key}: ${message}`;
}

/** Everything that is wrong in a file; its message has a line for each mistake. */
export class InvalidFileError extends TactusError {
  constructor(readonly mistakes: readonly Mistake[]) {
    super('TACTUS_CONFIG_INVALID', mistakes.map(mistakeText).join('\n'));
  }
}

/** Beyond this many nobody reads on; it also bounds the time that a hostile file takes. */
const MAX_MISTAKES = 1_000;

/** Whatever a library's message looks like, and what it quotes: blanks are not tried for each that follows. */
function inOneLine(message: string): string {
  if (!message.includes('\n')) return message;
  const lines = message.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').join(' ');
}

/** Collects the mistakes of one file. */
export class Mistakes {
  readonly #found: Mistake[] = [];

  constructor(private readonly file: string) {}

  /** @throws InvalidFileError once there are too many to go on */
  add(place: { readonly line: number; readonly col: number } | null, key: string, message: string): void {
    const { line, col: column } = place ?? { line: null, col: null };
    this.#found.push({ file: this.file, line, column, key, message: inOneLine(message) });
    if (this.#found.length < MAX_MISTAKES) return;
    this.#found.push({ file: this.file, line: null, column: null, key: '', message: 'has more mistakes' });
    this.finish();
  }

  /** @throws InvalidFileError with all mistakes, in the order of the file, if there are any */
  finish(): void {
    if (this.#found.length === 0) return;
    const at = ({ line, column }: Mistake) => (line ?? Number.POSITIVE_INFINITY) * 1e7 + (column ?? 0);
    throw new InvalidFileError(this.#found.toSorted((a, b) => at(a) - at(b) || 0));
  }
}
