import type { Millis } from '../core/clock.js';
import { DURATION_ALLOWED, parseDuration } from './duration.js';

/** Is told what is wrong with a key (`labels.team` for one inside another), and at which character of its text. */
export type Complain = (key: string, what: string, offset?: number) => void;

const LABEL_NAME = /^[A-Za-z_][A-Za-z0-9_.]{0,99}$/;
/** Longest text of an expression, label or annotation. */
export const MAX_TEXT = 2_000;

/** Reads values of a mapping from YAML; whatever is wrong is told, and something harmless given back. */
export class ValueReader {
  #good = true;

  constructor(
    private readonly values: Readonly<Record<string, unknown>>,
    private readonly complain: Complain,
  ) {}

  /** False once anything was wrong. */
  get good(): boolean {
    return this.#good;
  }

  wrong(key: string, what: string, offset?: number): void {
    this.#good = false;
    this.complain(key, what, offset);
  }

  onlyKeys(allowed: readonly string[]): void {
    for (const key of Object.keys(this.values))
      if (!allowed.includes(key)) this.wrong(key, `unknown key; allowed are ${allowed.join(', ')}`);
  }

  has(key: string): boolean {
    return this.values[key] !== undefined && this.values[key] !== null;
  }

  text(key: string, allowed: string, pattern: RegExp, fallback?: string): string {
    const value = this.values[key] ?? fallback;
    if (typeof value === 'string' && pattern.test(value)) return value;
    this.wrong(key, value === undefined ? `is missing; must be ${allowed}` : must(allowed, value));
    return '';
  }

  choice<T extends string>(key: string, choices: readonly T[], fallback: T): T {
    const value = this.values[key] ?? fallback;
    const found = choices.find((choice) => choice === value);
    if (found === undefined) this.wrong(key, must(`one of ${choices.join(', ')}`, value));
    return found ?? fallback;
  }

  duration(key: string, minMs: Millis = 0): Millis | null {
    const value = this.values[key];
    if (value === undefined || value === null) return null;
    const ms = typeof value === 'string' ? parseDuration(value) : null;
    if (ms === null) this.wrong(key, must(DURATION_ALLOWED, value));
    else if (ms < minMs) this.wrong(key, must(`at least ${minMs / 1_000}s`, value));
    return ms;
  }

  /** A list of different, non-empty texts; null where there is none. */
  texts(key: string, allowed: string): readonly string[] | null {
    const value = this.values[key];
    if (value === undefined || value === null) return null;
    const isText = (one: unknown) => typeof one === 'string' && one !== '' && one.length <= MAX_TEXT;
    if (Array.isArray(value) && value.every(isText) && new Set(value).size === value.length)
      return value as string[];
    this.wrong(key, must(allowed, value));
    return null;
  }

  /** A mapping of names to whatever `take` makes of their values. */
  mapping<T>(key: string, take: (name: string, value: unknown) => T | null): Map<string, T> {
    const value = this.values[key];
    const taken = new Map<string, T>();
    if (value === undefined || value === null) return taken;
    if (typeof value !== 'object' || Array.isArray(value)) {
      this.wrong(key, must('a mapping of names to values', value));
      return taken;
    }
    for (const [name, each] of Object.entries(value)) {
      if (!LABEL_NAME.test(name)) this.wrong(key, must('named by letters, digits, _ and .', name));
      const made = take(name, each);
      if (made !== null) taken.set(name, made);
    }
    return taken;
  }

  /** A mapping of names to texts; names of Tactus' own are refused. */
  namedTexts(key: string, reserved: readonly string[]): Map<string, string> {
    return this.mapping(key, (name, text) => {
      if (reserved.includes(name)) this.wrong(key, `${name} is set by Tactus; allowed is any other name`);
      if (typeof text === 'string' && text.length <= MAX_TEXT) return text;
      this.wrong(`${key}.${name}`, must(`text of at most ${MAX_TEXT} characters`, text));
      return null;
    });
  }
}

/** What is allowed, and the value that is not. */
export function must(allowed: string, value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return `must be ${allowed}: value was ${text.length <= 200 ? text : `${text.slice(0, 200)}...`}`;
}
