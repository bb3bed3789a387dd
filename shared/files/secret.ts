import { readText, unreadable } from './read-text.js';

/** Rotated secrets that are remembered; a server may still quote the one before. */
const MAX_REMEMBERED = 100;

/** A new set for each change. */
let remembered: ReadonlySet<string> = new Set();

/** Has a secret that no configuration holds taken out of everything that the process says from now on. */
export function rememberSecret(secret: string): void {
  if (!remembered.has(secret)) remembered = new Set([...remembered, secret].slice(-MAX_REMEMBERED));
}

/** What {@link rememberSecret} was given; another set after each change. */
export function rememberedSecrets(): ReadonlySet<string> {
  return remembered;
}

/**
 * What a file holds that is a secret and nothing else; a line break at its end does not count.
 *
 * @throws Error saying in words why it is none
 */
export function readSecret(path: string): string {
  const text = readText(path).replace(/\r?\n$/, '');
  if (text === '') throw new Error('it is empty');
  rememberSecret(text);
  return text;
}

/** A secret that is given as such, or stands in a file that may change while the process runs. */
export class Secret {
  #latest: string;
  #problem = '';

  /**
   * @param value where there is no file
   * @param path empty for none
   * @param warn is called once for each reason why the file cannot be read; what it held before stays in force
   */
  constructor(
    value: string,
    private readonly path: string,
    private readonly warn: (line: string) => void,
  ) {
    this.#latest = value;
  }

  get current(): string {
    if (this.path === '') return this.#latest;
    try {
      this.#latest = readSecret(this.path);
      this.#problem = '';
    } catch (error) {
      const problem = unreadable(error);
      if (problem !== this.#problem) this.warn(`keeping what ${this.path} held before: ${problem}`);
      this.#problem = problem;
    }
    return this.#latest;
  }
}
