import { parseTimestamp } from '../../../shared/core/timestamp.js';
import { invalid } from './promql/model/faults.js';
import type { Matcher } from './promql/model/matchers.js';
import { parseDuration } from './promql/syntax/literals.js';
import { parseSelectors } from './promql/syntax/parse.js';

const shown = (text: string) => JSON.stringify(text.slice(0, 100));

const MINUTE_MS = 60_000;
/** Of a time or a length. */
export const MAX_SHORT = 64;
/** As many nanoseconds as Prometheus counts: 292 years. */
const MAX_LENGTH_MS = 9_223_372_036_854;
/** Each is a query of its own. */
const MAX_SELECTORS = 64;

/** Parameters as they stand in a query or in a form: each name may be there several times. */
export class Parameters {
  constructor(private readonly given: readonly URLSearchParams[]) {}

  text(name: string): string | null {
    for (const one of this.given) {
      const value = one.get(name);
      if (value?.includes('\0')) throw invalid(`invalid parameter "${name}": holds a NUL`);
      if (value !== null && value !== '') return value;
    }
    return null;
  }

  /** @throws TACTUS_PROMQL_INVALID where it is missing */
  needed(name: string): string {
    const value = this.text(name);
    if (value === null) throw invalid(`invalid parameter "${name}": missing; it is needed`);
    return value;
  }

  /** @throws TACTUS_PROMQL_INVALID for one that is too long */
  short(name: string): string | null {
    const text = this.text(name);
    if (text !== null && text.length > MAX_SHORT)
      throw invalid(`invalid parameter "${name}": longer than ${MAX_SHORT} characters`);
    return text;
  }

  /** In milliseconds. @throws TACTUS_PROMQL_INVALID for what is neither seconds since 1970 nor RFC 3339 */
  time(name: string, otherwise: number | null): number {
    const text = this.short(name);
    if (text === null && otherwise !== null) return otherwise;
    const time = text === null ? null : parseTimestamp(text);
    if (time === null)
      throw invalid(
        `invalid parameter "${name}": ${text === null ? 'missing' : `cannot parse ${shown(text)}`}; allowed are seconds since 1970 and RFC 3339`,
      );
    return Math.round(time);
  }

  /** In milliseconds. @throws TACTUS_PROMQL_INVALID for what is neither seconds nor a duration */
  duration(name: string): number {
    const text = this.short(name) ?? this.needed(name);
    const ms = /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) * 1_000 : null;
    if (ms !== null && Math.abs(ms) > MAX_LENGTH_MS)
      throw invalid(
        `invalid parameter "${name}": ${shown(text)} is too long; allowed are at most ${MAX_LENGTH_MS / 1_000} seconds`,
      );
    try {
      return Math.trunc(ms ?? parseDuration(text));
    } catch (error) {
      throw invalid(
        `invalid parameter "${name}": cannot parse ${shown(text)}; allowed are seconds, or a duration such as 5m`,
        error,
      );
    }
  }

  /**
   * The values of a name that may be there several times.
   *
   * @param what these are, in words
   * @throws TACTUS_PROMQL_INVALID for more than `most`
   */
  all(name: string, most: number, what = 'values'): readonly string[] {
    const found = this.given.flatMap((one) => one.getAll(name));
    if (found.length > most)
      throw invalid(`invalid parameter "${name}": ${found.length} ${what}, at most ${most} are allowed`);
    return found;
  }

  /**
   * How long roll-ups may be that are read though there are points, in milliseconds; null where none is named, so that points are read
   * where they can be.
   *
   * @param step of the query, in milliseconds
   */
  longestBucket(step: number): number | null {
    const text = this.text('max_source_resolution');
    if (text === null) return null;
    if (text !== 'auto') return this.duration('max_source_resolution');
    return step / 5 < MINUTE_MS ? null : step / 5;
  }

  limit(name: string, most: number): number {
    const text = this.text(name);
    if (text === null) return most;
    if (!/^\d{1,9}$/.test(text)) throw invalid(`invalid parameter "${name}": cannot parse ${shown(text)}`);
    return Math.min(Number(text), most);
  }

  /** The selectors of `match[]`. @throws TACTUS_PROMQL_INVALID for what is none */
  selectors(): readonly (readonly Matcher[])[] {
    return parseSelectors(this.all('match[]', MAX_SELECTORS, 'selectors'));
  }
}
